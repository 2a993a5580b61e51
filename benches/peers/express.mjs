// User accounts as they are written with Express: sessions and people in SQLite, EJS, JSON Web Tokens, Argon2id.
// PORT says where it listens; what it keeps is in the current folder.
import { randomBytes } from "node:crypto";
import { hash, verify } from "@node-rs/argon2";
import Database from "better-sqlite3";
import sessionStore from "better-sqlite3-session-store";
import ejs from "ejs";
import express from "express";
import session from "express-session";
import jwt from "jsonwebtoken";

const cost = { memoryCost: 19456, timeCost: 2, parallelism: 1 };
const secret = randomBytes(32).toString("hex");
const database = new Database("people.db");
database.pragma("journal_mode = WAL");
database.pragma("synchronous = NORMAL");
database.exec(
  "create table if not exists people (id integer primary key, email text not null unique, name text not null, password text not null)",
);
const byId = database.prepare("select * from people where id = ?");
const byEmail = database.prepare("select * from people where email = ?");
const insert = database.prepare("insert into people (email, name, password) values (?, ?, ?)");
const account = ejs.compile(`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Account</title></head><body>
<nav><a href="/account">Account</a> <a href="/settings">Settings</a></nav>
<h1><%= person.name %></h1><dl><dt>E-mail</dt><dd><%= person.email %></dd></dl>
<form method="post" action="/account"><input name="name" value="<%= person.name %>"><button>Save</button></form></body></html>`);

/** The person of an e-mail and a password, if they are right. */
async function authenticate({ email, password }) {
  const person = byEmail.get(email ?? "");
  return person && (await verify(person.password, password ?? "")) ? person : undefined;
}

const app = express();
app.disable("x-powered-by");
app.use(express.json(), express.urlencoded({ extended: false }));
const Store = sessionStore(session);
const browsers = session({ store: new Store({ client: database }), secret, resave: false, saveUninitialized: false });

app.post("/register", async (request, response) => {
  const { email, name, password } = request.body;
  insert.run(email, name, await hash(password, cost));
  response.status(201).end();
});
app.post("/login", browsers, async (request, response) => {
  const person = await authenticate(request.body);
  if (!person) return response.status(401).end();
  request.session.person = person.id;
  response.redirect("/account");
});
app.get("/account", browsers, (request, response) => {
  const person = request.session.person && byId.get(request.session.person);
  if (!person) return response.redirect("/login");
  response.type("html").send(account({ person }));
});
app.post("/token", async (request, response) => {
  const person = await authenticate(request.body);
  if (!person) return response.status(401).end();
  response.json({ access: jwt.sign({ sub: String(person.id) }, secret, { expiresIn: "6h" }) });
});
app.get("/me", (request, response) => {
  try {
    const token = (request.get("authorization") ?? "").replace(/^Bearer /, "");
    const person = byId.get(jwt.verify(token, secret, { algorithms: ["HS256"] }).sub);
    response.json({ id: person.id, email: person.email, name: person.name });
  } catch {
    response.status(401).end();
  }
});
app.listen(Number(process.env.PORT), "127.0.0.1");
