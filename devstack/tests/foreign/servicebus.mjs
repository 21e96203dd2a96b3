// A client of another maker at work on a Service Bus: prints what came of each part as one JSON object.
//
//   node servicebus.mjs CONNECTION_STRING
//
// The queues are those of ../servicebus/Config.json.

import { ServiceBusClient } from "@azure/service-bus";

const PATIENCE = { maxWaitTimeInMs: 20_000 };
const client = new ServiceBusClient(process.argv[2], { retryOptions: { maxRetries: 0 } });
const sender = client.createSender("plain");
const receiver = client.createReceiver("plain", { maxAutoLockRenewalDurationInMs: 0 });
const deadLetters = client.createReceiver("plain", { subQueueType: "deadLetter" });

async function take(from = receiver) {
  const [message] = await from.receiveMessages(1, PATIENCE);
  if (message === undefined) throw new Error("no message came");

  return message;
}

async function send(body, more = {}) {
  await sender.sendMessages({ body, applicationProperties: { kept: "yes" }, ...more });
}

const tell = (message) => ({
  body: message.body,
  id: message.messageId,
  properties: message.applicationProperties,
  deliveries: message.deliveryCount,
  state: message.state,
});

const parts = {
  async completed() {
    await send({ n: 1 }, { messageId: "m-1", subject: "s", correlationId: "c" });
    const message = await take();
    await receiver.completeMessage(message);

    return { ...tell(message), subject: message.subject, correlation: message.correlationId };
  },

  async without_id() {
    await send("anonymous");
    const message = await take();
    await receiver.completeMessage(message);

    return tell(message);
  },

  async batch() {
    const batch = await sender.createMessageBatch();
    const bodies = [...Array(50).keys()];
    for (const body of bodies) if (!batch.tryAddMessage({ body })) throw new Error("no room");
    await sender.sendMessages(batch);

    const got = [];
    while (got.length < bodies.length) {
      const some = await receiver.receiveMessages(bodies.length - got.length, PATIENCE);
      if (some.length === 0) throw new Error("not all came");
      for (const message of some) await receiver.completeMessage(message);
      got.push(...some.map((message) => message.body));
    }

    return got;
  },

  async peeked() {
    await send("seen");
    const [peeked] = await receiver.peekMessages(1);
    await receiver.completeMessage(await take());
    const after = await receiver.peekMessages(1);

    return { ...tell(peeked), left: after.length };
  },

  async scheduled() {
    const due = new Date(Date.now() + 1500);
    const far = new Date(Date.now() + 3_600_000);
    const [cancelled] = await sender.scheduleMessages([{ body: "never" }], far);
    await sender.scheduleMessages([{ body: "later" }], due);
    const waiting = await receiver.peekMessages(10);
    await sender.cancelScheduledMessages(cancelled);
    const message = await take();
    const came = Date.now();
    await receiver.completeMessage(message);
    const left = await receiver.peekMessages(10);

    return {
      body: message.body,
      early: came < due.getTime(),
      states: waiting.map((one) => one.state),
      left: left.length,
    };
  },

  async abandoned() {
    await send("again", { messageId: "a-1" });
    await receiver.abandonMessage(await take(), { tries: 1, why: "busy" });
    const message = await take();
    await receiver.completeMessage(message);

    return tell(message);
  },

  async deferred() {
    await send("aside");
    const first = await take();
    await receiver.deferMessage(first, { why: "too early" });
    const [message] = await receiver.receiveDeferredMessages(first.sequenceNumber);
    const found = tell(message);
    await receiver.abandonMessage(message, { why: "still too early" });
    const [again] = await receiver.receiveDeferredMessages(first.sequenceNumber);
    await receiver.completeMessage(again);

    return { ...found, again: again.applicationProperties };
  },

  async dead_lettered() {
    await send("bad");
    await receiver.deadLetterMessage(await take(), {
      deadLetterReason: "unusable",
      deadLetterErrorDescription: "no such table",
      where: "worker",
    });
    const letter = await take(deadLetters);
    await deadLetters.completeMessage(letter);

    return {
      ...tell(letter),
      reason: letter.deadLetterReason,
      description: letter.deadLetterErrorDescription,
    };
  },

  async renewed() {
    const short = client.createReceiver("short-lock", { maxAutoLockRenewalDurationInMs: 0 });
    await client.createSender("short-lock").sendMessages({ body: "slow work" });
    const message = await take(short);
    const before = message.lockedUntilUtc.getTime();
    // As long as the lock lasted: without the renewals it would be lost by then.
    while (Date.now() < before + 500) {
      await short.renewMessageLock(message);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    await short.completeMessage(message);

    return { longer: message.lockedUntilUtc.getTime() > before };
  },

  async lost() {
    const short = client.createReceiver("short-lock", { maxAutoLockRenewalDurationInMs: 0 });
    await client.createSender("short-lock").sendMessages({ body: "too slow" });
    const first = await take(short);
    // It is delivered again only when the first lock has ended.
    const second = await take(short);
    const code = await short.completeMessage(first).then(
      () => "completed",
      (error) => error.code,
    );
    await short.completeMessage(second);

    return { code, deliveries: second.deliveryCount };
  },
};

const told = {};
for (const [name, part] of Object.entries(parts)) {
  try {
    told[name] = await part();
  } catch (error) {
    told[name] = { failed: String(error) };
  }
}
await client.close();
console.log(JSON.stringify(told));
