// The OpenID provider: node-oidc-provider, told to speak as Entra does to a single-page application.
// https://github.com/panva/node-oidc-provider/blob/main/docs/README.md

import { randomBytes } from 'node:crypto';

import Provider, { interactionPolicy } from 'oidc-provider';

import { claimsOf, people, profileOf } from './people.mjs';

const HOUR = 3600;
const loopback = new Set(['127.0.0.1', 'localhost', '[::1]']);

// node-oidc-provider counts on it; Node 20 has it only in its last releases.
URL.parse ??= (text, base) => (URL.canParse(text, base) ? new URL(text, base) : null);

const isLocal = (uri) => loopback.has(URL.parse(uri)?.hostname);

export function makeProvider({ issuer, tenant, client, key }) {
  const scope = `${client}/.default`;
  const resource = `api://${client}`;

  const provider = new Provider(issuer, {
    clients: [{
      client_id: client,
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: ['http://127.0.0.1/api/config'],
      application_type: 'native',
    }],
    jwks: { keys: [key] },
    cookies: { keys: [randomBytes(32).toString('hex')] },
    pkce: { required: () => true },
    clientBasedCORS: (_ctx, origin) => isLocal(origin),
    scopes: ['openid', 'offline_access', 'profile'],
    claims: { openid: ['sub', 'oid', 'tid', 'ver', 'roles'], profile: ['name', 'preferred_username'] },
    conformIdTokenClaims: false,
    findAccount: (_ctx, role) => people[role] && {
      accountId: role,
      claims: () => ({ sub: role, ...claimsOf(role, tenant), ...profileOf(role) }),
    },
    extraTokenClaims: (_ctx, token) => ({ ...claimsOf(token.accountId, tenant), azp: token.clientId }),
    formats: { customizers: { jwt: (_ctx, _token, jwt) => { jwt.payload.nbf = jwt.payload.iat; } } },
    interactions: { url: (_ctx, { uid }) => `${new URL(issuer).pathname}/choose/${uid}`, policy: policy() },
    loadExistingGrant: (ctx) => consent(ctx, { resource, scope }),
    issueRefreshToken: (_ctx, _client, code) => code.scopes.has('offline_access'),
    ttl: {
      AccessToken: HOUR, IdToken: HOUR, RefreshToken: 24 * HOUR, Interaction: HOUR, Session: 24 * HOUR, Grant: 24 * HOUR,
    },
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => resource,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope, audience: client, accessTokenFormat: 'jwt', accessTokenTTL: HOUR, jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
  });

  // The page listens on a port that nobody knows beforehand.
  provider.Client.prototype.redirectUriAllowed = isLocal;
  provider.Client.prototype.postLogoutRedirectUriAllowed = isLocal;

  return provider;
}

// Nobody is asked to consent: an administrator did so for all. A page may ask for Entra's list of
// accounts, so that another person can sign in.
function policy() {
  const prompts = interactionPolicy.base();
  prompts.remove('consent');
  prompts.add(new interactionPolicy.Prompt({ name: 'select_account', requestable: true }), 0);

  return prompts;
}

async function consent(ctx, { resource, scope }) {
  const grant = new ctx.oidc.provider.Grant({
    clientId: ctx.oidc.client.clientId,
    accountId: ctx.oidc.session.accountId,
  });
  grant.addOIDCScope('openid profile offline_access');
  grant.addResourceScope(resource, scope);
  await grant.save();

  return grant;
}
