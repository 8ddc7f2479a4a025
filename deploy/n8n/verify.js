// Is this event from certwatch? Standard Webhooks (https://www.standardwebhooks.com): HMAC-SHA256 over
// "id.timestamp.body" with the shared secret. Gives the event and its route, or route "refused" and why.
const crypto = require('crypto');

const tolerance = 5 * 60; // seconds
const refused = (why) => [{ json: { route: 'refused', why } }];

const secret = ($env.CERTWATCH_WEBHOOK_SECRET || '').trim();
if (!secret) return refused('CERTWATCH_WEBHOOK_SECRET is not set');

const headers = $input.first().json.headers;
const id = headers['webhook-id'];
const timestamp = headers['webhook-timestamp'];
const signatures = headers['webhook-signature'];
if (!id || !timestamp || !signatures) return refused('not signed');
if (!(Math.abs(Date.now() / 1000 - Number(timestamp)) <= tolerance)) return refused('too old, or from the future');

const body = await this.helpers.getBinaryDataBuffer(0, 'data');
const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
const expected = crypto.createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
const genuine = signatures.split(' ').some((one) => {
  const [version, text] = one.split(',');
  const given = Buffer.from(text || '', 'base64');
  return version === 'v1' && given.length === expected.length && crypto.timingSafeEqual(given, expected);
});
if (!genuine) return refused('wrong signature');

const event = JSON.parse(body.toString('utf8'));
const route = event.resolves ? 'resolved' : event.severity;
return [{ json: { ...event, route } }];
