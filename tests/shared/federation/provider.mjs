// An OpenID provider that nobody here wrote (panva's oidc-provider), for the tests of signing in with one.
// It prints its address. Clients register themselves; POST /test/person says who signs in next, without a question.
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const { default: Provider } = await import(
  pathToFileURL(createRequire(`${process.argv[2]}/`).resolve("oidc-provider")).href
);

const people = new Map();
let next = null;

const key = (kind, options, more) => ({ ...generateKeyPairSync(kind, options).privateKey.export({ format: "jwk" }), ...more });
const body = async (request) => {
  let text = "";
  for await (const piece of request) text += piece;
  return JSON.parse(text || "{}");
};

const server = createServer();
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  jwks: {
    keys: [
      key("rsa", { modulusLength: 2048 }, { use: "sig", kid: "rsa" }),
      key("ec", { namedCurve: "P-256" }, { use: "sig", kid: "ec" }),
      key("ed25519", {}, { use: "sig", kid: "ed" }),
    ],
  },
  enabledJWA: { idTokenSigningAlgValues: ["RS256", "ES256", "EdDSA"] },
  cookies: { keys: ["for tests only"] },
  features: { registration: { enabled: true }, devInteractions: { enabled: false } },
  pkce: { required: () => true },
  claims: { openid: ["sub", "amr"], email: ["email", "email_verified"], profile: ["name"], auth_time: null },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, sub) => ({ accountId: sub, claims: async () => ({ sub, ...people.get(sub) }) }),
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope("openid email profile");
    await grant.save();
    return grant;
  },
});

const serve = provider.callback();
server.on("request", async (request, response) => {
  if (request.url === "/test/person") {
    const { sub, amr, ...claims } = await body(request);
    people.set(sub, claims);
    next = { accountId: sub, amr };
    response.end();
  } else if (request.url.startsWith("/interaction/")) {
    const result = next ? { login: next } : { error: "access_denied", error_description: "<b>They said no</b>" };
    await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  } else {
    serve(request, response);
  }
});

console.log(issuer);
