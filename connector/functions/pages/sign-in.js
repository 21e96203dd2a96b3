// Signs people in by authorization code with PKCE. The token stays in memory; what must outlive the
// way to the provider and back stands in sessionStorage, and holds nothing secret for long.

import * as oauth from './vendor/oauth4webapi.js';

const PENDING = 'connector-sign-in';
const SIGNED_IN = 'connector-signed-in';
const OTHER = 'connector-other-account';
const AGAIN = 'again.';
const WAIT_MS = 10 * 60_000;
const HANDED_MS = 100; // what was handed over is on its way before the window goes
const CLOSED_MS = 400;

const here = () => `${location.origin}${location.pathname}`;

export class SignIn {
  token = null;
  name = null;

  // `where` is what the route manage/sign-in says.
  constructor(where) {
    this.where = where;
    this.client = { client_id: where.client_id };
    const local = ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(where.authority).hostname);
    this.options = { [oauth.allowInsecureRequests]: local };
  }

  // Tells whether somebody is known to be signed in at the provider: the page was only reloaded.
  static get wasSignedIn() { return sessionStorage.getItem(SIGNED_IN) !== null; }

  // Goes to the provider; the page is left.
  async start() {
    const { url, ...pending } = await this.#ask(oauth.generateRandomState());
    sessionStorage.removeItem(SIGNED_IN);
    sessionStorage.setItem(PENDING, JSON.stringify({ ...pending, query: `${location.search}${location.hash}` }));
    location.assign(url);
  }

  // Ends the way back; raises an error that says why it did not.
  async finish({ answer, pending }) {
    await this.#redeem(answer, pending);
  }

  // Signs in anew in a window of its own, so that nothing that was typed is lost.
  // Tells whether somebody did.
  async again() {
    const opened = window.open('', 'connector-sign-in', 'popup,width=520,height=680');
    const { url, ...pending } = await this.#ask(`${AGAIN}${oauth.generateRandomState()}`);
    if (!opened) {
      await this.start();
      return false;
    }
    const answer = heardFrom(pending.state);
    opened.location = url;
    const said = await answer;
    if (said !== null) await this.#redeem(new URLSearchParams(said), pending);

    return said !== null;
  }

  signOut() {
    this.token = null;
    sessionStorage.removeItem(SIGNED_IN);
    sessionStorage.setItem(OTHER, 'yes');
  }

  async #provider() {
    const issuer = new URL(this.where.authority);
    this.found ??= await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, this.options));

    return this.found;
  }

  async #ask(state) {
    const verifier = oauth.generateRandomCodeVerifier();
    const nonce = oauth.generateRandomNonce();
    const url = new URL((await this.#provider()).authorization_endpoint);
    url.search = new URLSearchParams({
      client_id: this.where.client_id,
      redirect_uri: here(),
      response_type: 'code',
      scope: this.where.scopes.join(' '),
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
      ...(sessionStorage.getItem(OTHER) ? { prompt: 'select_account' } : {}),
    });

    return { url: url.href, verifier, nonce, state };
  }

  async #redeem(answer, { verifier, nonce, state }) {
    const provider = await this.#provider();
    const checked = oauth.validateAuthResponse(provider, this.client, answer, state);
    const response = await oauth.authorizationCodeGrantRequest(
      provider, this.client, oauth.None(), checked, here(), verifier, this.options,
    );
    const tokens = await oauth.processAuthorizationCodeResponse(
      provider, this.client, response, { expectedNonce: nonce, requireIdToken: true },
    );
    const claims = oauth.getValidatedIdTokenClaims(tokens);
    this.token = tokens.access_token;
    this.name = claims.name ?? claims.preferred_username ?? null;
    sessionStorage.removeItem(OTHER);
    sessionStorage.setItem(SIGNED_IN, 'yes');
  }
}

const isComingBack = () => {
  const answer = new URLSearchParams(location.search);

  return answer.has('state') && (answer.has('code') || answer.has('error'));
};

// Returns what the provider said to who was sent there, or null, and gives the page its address back.
export function comeBack() {
  if (!isComingBack()) return null;

  const pending = JSON.parse(sessionStorage.getItem(PENDING) ?? 'null');
  const answer = new URLSearchParams(location.search);
  sessionStorage.removeItem(PENDING);
  history.replaceState(null, '', `${location.pathname}${pending?.query ?? ''}`);

  return pending && { answer, pending };
}

// Hands what the provider said to the page that opened this window, and closes it. A window that
// stays was opened by somebody with such an address: it goes on as a page of its own.
export async function handBack() {
  const state = new URLSearchParams(location.search).get('state');
  if (!isComingBack() || !state.startsWith(AGAIN)) return;

  new BroadcastChannel(state).postMessage(location.search);
  history.replaceState(null, '', location.pathname);
  await pause(HANDED_MS);
  window.close();
  await pause(CLOSED_MS);
}

const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

function heardFrom(state) {
  const channel = new BroadcastChannel(state);

  return new Promise((resolve) => {
    const end = (said) => { channel.close(); resolve(said); };
    channel.addEventListener('message', ({ data }) => end(data));
    setTimeout(() => end(null), WAIT_MS);
  });
}
