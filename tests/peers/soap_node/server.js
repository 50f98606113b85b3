// The shared customers and invoices behind node-soap: server.js PORT WSDL CUSTOMERS.json INVOICES.json
'use strict';
const fs = require('fs');
const http = require('http');
const soap = require('soap');

const [port, wsdl, customersFile, invoicesFile] = process.argv.slice(2);
const read = (file) => JSON.parse(fs.readFileSync(file, 'utf8'));

// node-soap writes elements in the order of the object, whatever the schema says. What is undefined it leaves out; for
// null it writes xsi:nil without saying what xsi is, which no parser takes: customers have no null, one invoice does.
const ORDER = ['id', 'name', 'given', 'family', 'email', 'phone', 'street', 'postcode', 'city', 'country', 'balance',
  'created', 'born', 'active', 'vat'];
const customer = (entry) => {
  const values = { ...entry, phone: entry.phones.join(' / ') || undefined, country: entry.country_text };
  return Object.fromEntries(ORDER.map((name) => [name, values[name] ?? undefined]));
};

const customers = read(customersFile).map(customer);
const invoices = read(invoicesFile);
const window = (entries, { offset, limit }) => {
  const first = Number(offset ?? 0);
  return entries.slice(first, first + Number(limit ?? 100));
};

const operations = {
  GetCustomer({ id }) {
    const found = customers.find((entry) => entry.id === Number(id));
    if (!found) {
      throw { Fault: { faultcode: 'soap:Client', faultstring: `no customer ${id}`, detail: { code: 'E404' } } };
    }
    return { customer: found };
  },
  ListCustomers: (asked) => ({ customer: window(customers, asked ?? {}) }),
  ListInvoices: (asked) => ({ invoice: window(invoices, asked ?? {}) }),
};

const server = http.createServer((request, response) => response.writeHead(404).end());
server.listen(Number(port), '127.0.0.1', () => {
  const service = { CustomerService: { CustomerPort: operations } };
  soap.listen(server, '/customers', service, fs.readFileSync(wsdl, 'utf8'));
});
