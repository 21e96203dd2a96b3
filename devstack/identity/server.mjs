// Serves the provider, the page where people choose who they are, and tokens for tests.

import { createServer } from 'node:http';
import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { json, text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';

import { claimsOf, people } from './people.mjs';
import { signInPage } from './sign_in_page.mjs';

const HOUR = 3600;
const TOKEN_PATH = '/_devstack/token';

const { values: given } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '0' },
    tenant: { type: 'string' },
    client: { type: 'string' },
  },
});

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = { ...privateKey.export({ format: 'jwk' }), kid: 'devstack', use: 'sig', alg: 'RS256' };

const server = createServer();
server.listen({ host: given.host, port: Number(given.port) });
await once(server, 'listening').catch((error) => {
  console.error(`cannot listen: ${error.message}`);
  process.exit(1);
});
// Only now: its library has much to say, and where we cannot listen one line is enough.
const { makeProvider } = await import('./provider.mjs');

const url = `http://${given.host}:${server.address().port}`;
const mount = `/${given.tenant}/v2.0`;
const issuer = `${url}${mount}`;
const provider = makeProvider({ issuer, tenant: given.tenant, client: given.client, key });
const answerAsProvider = provider.callback();

server.on('request', (req, res) => {
  answer(req, res).catch((error) => {
    console.error(error);
    res.writeHead(error instanceof SyntaxError ? 400 : 500).end(String(error.message));
  });
});

async function answer(req, res) {
  const { pathname } = new URL(req.url, url);
  if (pathname === TOKEN_PATH && req.method === 'POST') {
    return reply(res, { access_token: mint(await json(req)) });
  }
  if (pathname.startsWith(`${mount}/choose/`)) {
    return choose(req, res, pathname);
  }
  if (pathname.startsWith(`${mount}/`)) {
    req.originalUrl = req.url;
    req.url = req.url.slice(mount.length);
    return answerAsProvider(req, res);
  }

  return res.writeHead(pathname === '/' ? 204 : 404).end();
}

async function choose(req, res, action) {
  if (req.method !== 'POST') {
    return res.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(signInPage(action));
  }

  const role = new URLSearchParams(await text(req)).get('role');
  if (!(role in people)) {
    return res.writeHead(400).end('nobody of that name');
  }

  return provider.interactionFinished(req, res, { login: { accountId: role }, select_account: {} });
}

// Signs what a test wants: the usual claims of a person, altered and left out as it says.
function mint({ role = null, claims = {}, header = {} }) {
  const now = Math.floor(Date.now() / 1000);
  const usual = {
    iss: issuer,
    aud: given.client,
    azp: given.client,
    sub: role ?? 'stranger',
    ...claimsOf(role, given.tenant),
    iat: now,
    nbf: now,
    exp: now + HOUR,
  };
  const payload = Object.entries({ ...usual, ...claims }).filter(([, value]) => value !== null);
  const head = { alg: 'RS256', typ: 'JWT', kid: key.kid, ...header };
  const signed = [head, Object.fromEntries(payload)].map(segment).join('.');

  return `${signed}.${sign('RSA-SHA256', signed, privateKey).toString('base64url')}`;
}

function segment(content) {
  return Buffer.from(JSON.stringify(content)).toString('base64url');
}

function reply(res, content) {
  return res.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(content));
}

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, () => {
    server.close();
    server.closeAllConnections();
  });
}

console.log(JSON.stringify({
  part: 'identity',
  url,
  authority: url,
  issuer,
  tenant_id: given.tenant,
  client_id: given.client,
  users: Object.entries(people).map(([role, { name, objectId }]) => ({ role, name, object_id: objectId })),
  token: `${url}${TOKEN_PATH}`,
}));
