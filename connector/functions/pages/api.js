// Calls the connector's manage routes as who signed in; what goes wrong is a Problem with a code.

const BASE = new URL('../manage/', import.meta.url);
const READ_MS = 30_000;
const CHANGE_MS = 120_000;

export class Problem extends Error {
  constructor(code, { status = 0, detail = '', correlation = null, body = {} } = {}) {
    super(detail || code);
    Object.assign(this, { code, status, detail, correlation, body });
  }

  get isSignedOut() { return this.status === 401; }

  get isMissing() { return this.status === 404 && this.code === 'not_available'; }

  get isUnreachable() { return this.code === 'offline' || this.code === 'timeout'; }
}

export class Api {
  #seen = new Map();

  constructor({ token, onSignedOut }) {
    this.token = token;
    this.onSignedOut = onSignedOut;
  }

  // Returns the very same object as long as nothing is new.
  async get(path) {
    const seen = this.#seen.get(path);
    const response = await this.#send('GET', path, { headers: seen ? { 'If-None-Match': seen.etag } : {} });
    if (response.status === 304) return seen.value;

    const value = await contentOf(response);
    const etag = response.headers.get('ETag');
    if (etag) this.#seen.set(path, { etag, value });

    return value;
  }

  etagOf(path) { return this.#seen.get(path)?.etag ?? null; }

  post(path, body = {}) { return this.#change('POST', path, body); }

  put(path, body, { ifMatch = null } = {}) {
    return this.#change('PUT', path, body, ifMatch ? { 'If-Match': ifMatch } : {});
  }

  // Returns the file, and after how many records it was cut off: null when it holds them all.
  async file(path) {
    const response = await this.#send('GET', path);
    const cut = response.headers.get('X-Export-Cut-At');

    return { content: await response.blob(), cutAt: cut && Number(cut) };
  }

  async #change(method, path, body, headers = {}) {
    const response = await this.#send(method, path, {
      headers: { ...headers, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });

    return contentOf(response);
  }

  async #send(method, path, { headers = {}, body } = {}) {
    const response = await this.#reach(method, path, headers, body);
    if (response.ok || response.status === 304) return response;

    const problem = await problemOf(response);
    if (problem.isSignedOut) this.onSignedOut?.(problem);
    throw problem;
  }

  async #reach(method, path, headers, body) {
    const token = this.token();
    try {
      return await fetch(new URL(path.replace(/^\//, ''), BASE), {
        method,
        body,
        headers: { ...headers, ...(token ? { Authorization: `Bearer ${token}` } : {}) },
        signal: AbortSignal.timeout(method === 'GET' ? READ_MS : CHANGE_MS),
        cache: 'no-store',
        credentials: 'same-origin',
      });
    } catch (error) {
      throw new Problem(error.name === 'TimeoutError' ? 'timeout' : 'offline', { detail: error.message });
    }
  }
}

async function contentOf(response) {
  try {
    return await response.json();
  } catch (error) {
    throw new Problem('garbled', { status: response.status, detail: error.message });
  }
}

async function problemOf(response) {
  const kind = response.headers.get('Content-Type') ?? '';
  const body = kind.includes('json') ? await response.json().catch(() => ({})) : {};
  const code = body.code ?? (response.status === 404 ? 'not_available' : 'failed');

  return new Problem(code, {
    status: response.status, detail: body.detail ?? '', correlation: body.correlation_id ?? null, body,
  });
}
