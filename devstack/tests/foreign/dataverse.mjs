// Do everyday work in Dataverse with the client DynamicsWebApi; print as JSON what it said.
// It is told the facts of the simulator: `node dataverse.mjs '<facts>'`.

import { DynamicsWebApi } from "dynamics-web-api";

const NOBODY = "0ad63f65-990d-ef11-9f89-6045bdece8bb";
const facts = JSON.parse(process.argv[2]);

async function token() {
  const body = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: facts.client_id,
    client_secret: facts.client_secret,
    scope: `${facts.url}/.default`,
  });
  const answer = await fetch(facts.token_url, { method: "POST", body });

  return (await answer.json()).access_token;
}

const client = new DynamicsWebApi({
  serverUrl: facts.url,
  dataApi: { version: "9.2" },
  onTokenRefresh: token,
});

async function refusal(call) {
  try {
    return await call();
  } catch (error) {
    return [error.status, error.code];
  }
}

async function rows() {
  const created = await client.create({
    collection: "contacts",
    data: { firstname: "Eva", lastname: "Vos" },
    returnRepresentation: true,
    select: ["fullname"],
  });
  const key = created.contactid;
  await client.update({ collection: "contacts", key, data: { jobtitle: "Bakker" } });
  const after = await client.retrieve({
    collection: "contacts",
    key,
    select: ["jobtitle", "_ownerid_value"],
    includeAnnotations: "*",
  });
  await client.updateSingleProperty({
    collection: "contacts",
    key,
    fieldValuePair: { jobtitle: "Slager" },
  });
  const single = await client.retrieve({ collection: "contacts", key, select: ["jobtitle"] });
  const stale = await refusal(() =>
    client.update({
      collection: "contacts",
      key,
      data: { jobtitle: "Kok" },
      ifmatch: after["@odata.etag"],
    }),
  );
  await client.deleteRecord({ collection: "contacts", key, fieldName: "jobtitle" });
  const cleared = await client.retrieve({ collection: "contacts", key, select: ["jobtitle"] });
  await client.deleteRecord({ collection: "contacts", key });
  const missing = await refusal(() => client.retrieve({ collection: "contacts", key }));

  return {
    before: created.fullname,
    after: after.jobtitle,
    owner: after._ownerid_value_Formatted,
    single: single.jobtitle,
    stale,
    cleared: cleared.jobtitle,
    missing,
  };
}

async function queries() {
  const names = [...Array(7).keys()].map((n) => `Jansen ${n}`);
  for (const lastname of names) {
    await client.create({ collection: "contacts", data: { lastname } });
  }

  const filter = "startswith(lastname,'Jansen')";
  const few = await client.retrieveMultiple({
    collection: "contacts",
    select: ["lastname"],
    filter,
    orderBy: ["lastname desc"],
    top: 3,
    count: true,
  });
  const query = { collection: "contacts", select: ["lastname"], filter, orderBy: ["lastname"] };
  const first = await client.retrieveMultiple({ ...query, maxPageSize: 3 });
  const second = await client.retrieveMultiple({ ...query, maxPageSize: 3 }, first.oDataNextLink);
  const whole = await client.retrieveAll({ ...query, maxPageSize: 2 });
  const fetchXml =
    "<fetch count='3'><entity name='contact'><attribute name='lastname'/>" +
    "<order attribute='lastname'/></entity></fetch>";
  const fetched = await client.fetchAll({
    collection: "contacts",
    fetchXml,
    includeAnnotations: "*",
  });
  const named = (found) => found.value.map((one) => one.lastname);

  return {
    few: named(few),
    count: few.oDataCount,
    pages: [named(first), named(second)],
    all: whole.value.length,
    counted: await client.count({ collection: "contacts", filter }),
    fetched: named(fetched),
    inside: named(
      await client.retrieveMultiple({
        collection: "contacts",
        select: ["lastname"],
        filter:
          "Microsoft.Dynamics.CRM.In(PropertyName='lastname',PropertyValues=[\"Jansen 1\",\"Jansen 2\"])",
      }),
    ),
  };
}

async function upserts() {
  const mailing = { collection: "spot_mailings", key: "spot_externalid='1'" };
  for (const spot_subject of ["Oud", "Nieuw"]) {
    await client.upsert({ ...mailing, data: { spot_subject } });
  }
  const found = await client.retrieve({ ...mailing, select: ["spot_subject"] });
  const kept = await refusal(() =>
    client.upsert({ ...mailing, data: { spot_subject: "Nooit" }, ifnonematch: "*" }),
  );
  const made = await refusal(() =>
    client.update({ collection: "contacts", key: NOBODY, data: { lastname: "Nooit" } }),
  );

  return { found: found.spot_subject, kept, made };
}

async function batches() {
  client.startBatch();
  client.create({ collection: "contacts", data: { lastname: "Samen" }, contentId: "1" });
  client.create({
    collection: "leads",
    data: { lastname: "Samen", "parentcontactid@odata.bind": "$1" },
  });
  await client.executeBatch();

  client.startBatch();
  client.retrieveMultiple({
    collection: "contacts",
    select: ["lastname"],
    filter: "lastname eq 'Samen'",
  });
  client.retrieveMultiple({ collection: "leads", filter: "_parentcontactid_value ne null" });
  const [people, leads] = await client.executeBatch();

  client.startBatch();
  client.create({ collection: "contacts", data: { lastname: "Nooit" } });
  client.deleteRecord({ collection: "contacts", key: NOBODY });
  const broken = await refusal(() => client.executeBatch());
  const never = await client.count({ collection: "contacts", filter: "lastname eq 'Nooit'" });

  return { people: people.value.length, leads: leads.value.length, broken: Array.isArray(broken), never };
}

async function actions() {
  const { UserId } = await client.callFunction({ functionName: "WhoAmI" });
  const ids = [];
  for (const lastname of ["Vos", "Bos"]) {
    const made = await client.create({
      collection: "contacts",
      data: { lastname },
      returnRepresentation: true,
    });
    ids.push(made.contactid);
  }
  const row = (contactid) => ({ "@odata.type": "Microsoft.Dynamics.CRM.contact", contactid });
  await client.callAction({
    actionName: "Merge",
    action: {
      Target: row(ids[0]),
      Subordinate: row(ids[1]),
      UpdateContent: { "@odata.type": "Microsoft.Dynamics.CRM.contact", jobtitle: "Bakker" },
      PerformParentingChecks: false,
    },
  });
  const merged = await client.retrieve({ collection: "contacts", key: ids[1] });
  const created = await client.callAction({
    collection: "contacts",
    actionName: "Microsoft.Dynamics.CRM.CreateMultiple",
    action: {
      Targets: ["Mos", "Ros"].map((lastname) => ({
        "@odata.type": "Microsoft.Dynamics.CRM.contact",
        lastname,
      })),
    },
  });
  const privileges = await client.callFunction({
    collection: "systemusers",
    key: UserId,
    functionName: "Microsoft.Dynamics.CRM.RetrievePrincipalAttributePrivileges",
  });

  return {
    user: UserId === facts.application_user_id,
    merged: merged.merged,
    master: merged._masterid_value === ids[0],
    created: created.Ids.length,
    privileges: privileges.AttributePrivileges,
    lacking: await refusal(() => client.callAction({ actionName: "BulkDelete", action: {} })),
  };
}

async function metadata() {
  const entity = { key: "LogicalName='contact'" };
  const table = await client.retrieveEntity({ ...entity, select: ["EntitySetName"] });
  const columns = await client.retrieveAttributes({
    entityKey: "LogicalName='contact'",
    select: ["LogicalName", "AttributeType"],
    filter: "LogicalName eq 'birthdate'",
  });
  const tables = await client.retrieveEntities({
    select: ["LogicalName"],
    filter: "LogicalName eq 'lead'",
  });

  return {
    set: table.EntitySetName,
    columns: columns.value.map((one) => [one.LogicalName, one.AttributeType]),
    tables: tables.value.map((one) => one.LogicalName),
  };
}

const told = {};
for (const work of [rows, queries, upserts, batches, actions, metadata]) {
  told[work.name] = await work();
}
console.log(JSON.stringify(told));
