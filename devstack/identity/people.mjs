// Who may sign in on the local stack, and what a token of version 2.0 claims of them.
// https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference

export const people = {
  admin: {
    name: 'Anneke Bakker',
    title: 'Administrator',
    username: 'anneke@contoso.example',
    objectId: '0b6a2f4e-8c1d-4e7a-9f30-5d2c7b8a1e46',
    roles: ['Connector.Admin'],
  },
  reader: {
    name: 'Willem Visser',
    title: 'Reader',
    username: 'willem@contoso.example',
    objectId: '9d4e7c12-3a5b-4f86-8e01-b7c6d2f5a390',
    roles: ['Connector.Reader'],
  },
};

const stranger = { objectId: 'e1f8a6b3-5c2d-4907-b4d8-2a9c0e7f6135', roles: [] };

// Entra leaves `roles` out where somebody has none.
export function claimsOf(role, tenant) {
  const person = people[role] ?? stranger;
  const roles = person.roles.length ? { roles: person.roles } : {};

  return { tid: tenant, oid: person.objectId, ver: '2.0', ...roles };
}

// What only an id token says: who reads it may greet the person.
export function profileOf(role) {
  return { name: people[role].name, preferred_username: people[role].username };
}
