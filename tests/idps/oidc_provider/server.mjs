// oidc-provider (https://github.com/panva/node-oidc-provider) on loopback, with the directory and clients of the tests.
//
// The only argument is JSON: { people, clients }. When it listens, it prints one line, {"issuer": …}, and it ends with
// its standard input. POST /control changes it while it runs, GET /control tells what it did; see oidc_provider/__init__.py.
import { createHash, generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { Provider, errors } from 'oidc-provider';

const { people, clients } = JSON.parse(process.argv[2]);
const happened = [];
let issuer, keys, answer;

function freshKeys() {
  const made = [['rsa', { modulusLength: 2048 }, 'RS256'], ['ec', { namedCurve: 'P-256' }, 'ES256']];
  return made.map(([kind, options, alg]) =>
    ({ ...generateKeyPairSync(kind, options).privateKey.export({ format: 'jwk' }), alg, use: 'sig' }));
}

function findAccount(ctx, id, token) {
  const person = people[id];
  if (!person || person.disabled) {
    if (token) return undefined; // a refresh ends with invalid_grant
    throw new errors.AccessDenied('there is no such account, or it is disabled');
  }
  return { accountId: id, claims: () => ({ sub: id, ...person }) };
}

// Whoever signs in has agreed: a company's own provider asks nobody whether the company's portal may know them.
async function loadExistingGrant(ctx) {
  const { client, session, provider } = ctx.oidc;
  const grantId = session.grantIdFor(client.clientId);
  const grant = (grantId && await provider.Grant.find(grantId))
    || new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope('openid email profile groups');
  await grant.save();
  return grant;
}

function settings() {
  return {
    clients,
    jwks: { keys },
    cookies: { keys: ['only for tests'] },
    scopes: ['openid', 'email', 'profile', 'groups'],
    claims: {
      openid: ['sub', 'sid'], email: ['email', 'email_verified'], groups: ['groups'],
      profile: ['name', 'given_name', 'family_name'],
    },
    subjectTypes: ['public', 'pairwise'],
    pairwiseIdentifier: (ctx, id, client) => createHash('sha256').update(`${client.clientId} ${id}`).digest('hex'),
    features: { backchannelLogout: { enabled: true }, rpInitiatedLogout: { enabled: true } },
    pkce: { required: () => true },
    findAccount,
    loadExistingGrant,
    issueRefreshToken: (ctx, client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: true,
    // Its guard against server-side request forgery refuses loopback, where the portal under test is.
    fetch: (url, { dispatcher, ...options }) => globalThis.fetch(url, options),
  };
}

function start() {
  const provider = new Provider(issuer, settings());
  provider.on('backchannel.success', () => happened.push('backchannel.success'));
  provider.on('backchannel.error', (ctx, error) => happened.push(`backchannel.error: ${error.message}`));
  provider.on('server_error', (ctx, error) => console.error(error));
  answer = provider.callback();
}

async function control(request, response) {
  let text = '';
  for await (const part of request) text += part;
  const wish = JSON.parse(text || '{}');
  for (const [id, changes] of Object.entries(wish.people ?? {})) people[id] = { ...people[id], ...changes };
  if (wish.rotate) keys = [...freshKeys(), ...(wish.rotate === 'gently' ? keys : [])];
  if (wish.rotate) start();
  response.end(JSON.stringify({ happened }));
}

const server = createServer((request, response) => (request.url === '/control' ? control : answer)(request, response));
server.listen(0, '127.0.0.1', () => {
  // Another site than the portal's 127.0.0.1, so that cookies are held to SameSite as they will be.
  issuer = `http://localhost:${server.address().port}`;
  keys = freshKeys();
  start();
  console.log(JSON.stringify({ issuer }));
});
process.stdin.on('end', () => process.exit(0)).resume();
