// The page: takes frames, shows them, and says NOT LIVE as soon as they cannot be believed.
// It sends one word to the server, "next", which asks for the next frame. It can do nothing to the robot.

import { $, make, setAge, setChildren, setStatus, setText, symbol } from "./draw.js";
import { ago, ageOnArrival, clock, mark, since } from "./live.js";
import { drawPlan } from "./plan.js";

const SILENT_MS = 3000; // then the connection is given up and made anew
const CLOCK_MS = 1000; // so often, at least, the worker must tick for anything here to be believed
let socket = null;
let openedAt = mark();
let askedAt = mark();
let heardAt = null; // when the last frame arrived
let tickedAt = null; // when the worker ticked last
let carried = 0; // age to add to all ages of that frame
let page = null;
let assets = null;
let refusal = "";
let topSpeed = 1;

function connect() {
  refusal = "";
  openedAt = askedAt = mark();
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const mine = new WebSocket(`${scheme}://${location.host}/ws`);
  socket = mine;
  mine.onmessage = (event) => mine === socket && take(JSON.parse(event.data));
  mine.onclose = (event) => {
    if (mine !== socket) return;
    socket = null;
    refusal = event.reason;
  };
}

function take(frame) {
  carried = ageOnArrival(frame, askedAt);
  heardAt = mark();
  page = frame.page;
  assets ??= page.assets;
  if (page.assets !== assets) location.reload(); // the server has another version of this page
  show();
  look();
  askedAt = mark();
  if (socket?.readyState === WebSocket.OPEN) socket.send("next");
}

/** Milliseconds to add to every age of the last frame, now. */
const extra = () => (heardAt ? carried + since(heardAt) : Infinity);

/** Looks at the ages, ten times a second and whenever the page comes to the front. */
function look() {
  const more = extra();
  for (const tile of document.querySelectorAll("[data-tile]")) {
    const age = tile.dataset.age ? Number(tile.dataset.age) + more : Infinity;
    tile.classList.toggle("old", !(age < Number(tile.dataset.limit)));
    const label = $(":scope > .age", tile);
    if (label) setText(label, age === Infinity ? "no data" : `${ago(age)} old`);
  }
  const stateAge = page?.state.age_ms == null ? Infinity : page.state.age_ms + more;
  showLiveness(stateAge, more);
  if (page?.state.since_ms != null) setText($("#since-clock"), clock(page.state.since_ms + more));
}

/** Whether somebody counts the time while this tab is in the background: without that nothing would ever grow old. */
const clockRuns = () => tickedAt !== null && since(tickedAt) < CLOCK_MS;

function showLiveness(age, more) {
  const dead = !(age < (page?.not_live_ms ?? 1000)) || !clockRuns();
  document.body.classList.toggle("dead", dead);
  $("#banner").hidden = !dead;
  const connected = more < 1000;
  setText($("#pulse-text"), dead ? "not live" : `live, ${ago(age)} old`);
  const word = page ? page.state.word.replaceAll("_", " ") : "UNKNOWN";
  setText($("#word"), dead ? "NOT LIVE" : word);
  setText($("#since-label"), dead ? `last known: ${word}` : "for");
  setTitle(dead ? "NOT LIVE" : word);
  speak(dead ? "Not live. Do not rely on this page." : `${word}. ${page.state.reason}`);
  if (!dead) return;
  setText($("#banner-why"), whyDead(connected));
  setText($("#banner-age"), age === Infinity ? "Nothing received yet." : `Last news ${ago(age)} ago.`);
  setText($("#banner-do"), "Do not rely on this page: look at the robot. Press the e-stop if in doubt.");
}

function whyDead(connected) {
  if (!connected) return refusal || "No connection to the dashboard.";
  return clockRuns() ? "The safety gate is silent." : "The clock of this page does not run: load the page again.";
}

function setTitle(word) {
  const title = page ? `${word} · ${page.session}` : word;
  if (document.title !== title) document.title = title;
}

const speak = (text) => setText($("#spoken"), text);

function show() {
  showState(page.state);
  showSession(page.line);
  setChildren($("#causes"), page.causes, causeRow);
  showSpeed(page.speed);
  showTiles($("#inputs .tiles"), page.inputs.map((input) => ({ ...input, age_ms: page.state.age_ms, limit_ms: page.state.limit_ms })), inputTile);
  showTiles($("#estops .tiles"), page.estops, estopTile);
  showTiles($("#health .tiles"), page.health, healthTile);
  setText($("#inputs-text"), count(page.inputs));
  setText($("#health-text"), count(page.health));
  showGate(page.gate);
  setChildren($("#events ol"), page.events, eventRow);
  drawPlan(page.plan);
  setAge($("#plan"), page.plan.age_ms, page.plan.limit_ms);
  $("#pulse-bar").style.setProperty("--turn", (Number($("#pulse-bar").style.getPropertyValue("--turn")) + 1) % 8);
}

function count(tiles) {
  const ok = tiles.filter((tile) => tile.status === "ok").length;
  return tiles.length ? `${ok} of ${tiles.length} ok` : "none heard";
}

function showState(state) {
  setStatus($("#state"), state.status);
  $("#state").dataset.word = state.word;
  setText($("#meaning"), state.text);
  setText($("#reason"), state.reason);
  setText($("#remedy"), state.remedy || "Nothing is to be done.");
  $("#todo").classList.toggle("due", Boolean(state.remedy));
  for (const id of ["#state", "#why", "#todo"]) setAge($(id), state.age_ms, state.limit_ms);
}

function showSession(line) {
  const parts = [`session ${line.state}`, line.run ? `run ${line.run}` : "", line.robot, line.team && `team ${line.team}`, line.trial, line.ground];
  setText($("#session-name"), `· ${page.session}`);
  setText($("#line .words"), line.robot === undefined ? line.text : parts.filter(Boolean).join(" · "));
  $("#line").title = line.text;
  setStatus($("#line"), line.status);
  setAge($("#line"), line.age_ms, line.limit_ms);
}

function causeRow(cause) {
  const figures = [cause.value && `is ${cause.value}`, cause.limit && `limit ${cause.limit}`].filter(Boolean).join(", ");
  const tags = [cause.first && page.causes.length > 1 ? "first" : "", cause.gone ? "gone" : ""].filter(Boolean);
  return make("li", { class: `cause ${cause.status} ${cause.gone ? "gone" : ""}` }, [
    symbol(cause.status),
    make("span", { class: "value" }, cause.text),
    make("span", { class: "figures value" }, figures),
    ...tags.map((tag) => make("span", { class: `tag ${tag}` }, tag)),
  ]);
}

function showSpeed(speed) {
  setText($("#speed-text"), speed.text);
  setAge($("#speed"), speed.age_ms, speed.limit_ms);
  setStatus($("#speed"), speed.status);
  const rows = ["requested", "passed", "measured"].map((name) => ({ name, value: speed[name], yaw: speed[`${name}_yaw`] }));
  for (const row of rows) topSpeed = Math.max(topSpeed, Math.ceil(Math.abs(Number(row.value ?? 0)) * 2) / 2);
  setChildren($("#speed .bars"), rows.map((row) => ({ ...row, top: topSpeed })), speedRow);
}

function speedRow({ name, value, yaw, top }) {
  const bar = make("meter", { min: 0, max: top, value: Math.abs(Number(value ?? 0)), "aria-label": `${name} speed` });
  const turning = yaw && Math.abs(Number(yaw)) >= 0.01 ? `${yaw} rad/s` : "";
  return make("div", { class: `bar ${name}` }, [
    make("span", {}, name),
    bar,
    make("span", { class: "value number" }, value == null ? "unknown" : `${value} m/s`),
    make("span", { class: "value turning" }, turning),
  ]);
}

/** Ages change with every frame, so they are set beside what is drawn and not part of it. */
function showTiles(parent, tiles, build) {
  setChildren(parent, tiles.map(({ age_ms, ...rest }) => rest), build);
  tiles.forEach((tile, index) => setAge(parent.children[index], tile.age_ms, tile.limit_ms));
}

function tile(status, name, content) {
  const words = make("div", { class: "body" }, [make("h3", {}, name), ...content]);
  return make("article", { class: `tile ${status}`, "data-tile": "" }, [symbol(status), words]);
}

function inputTile(input) {
  const bar = make("meter", { min: 0, max: 1, value: input.share, "aria-label": `age of ${input.name}, part of its limit` });
  const silent = input.status === "unknown" || input.age === "no data";
  const said = input.status === "ok" ? input.age : silent ? input.text : `${input.text}, ${input.age}`;
  const limit = make("span", { class: "small" }, `limit ${input.limit}`);
  return tile(input.status, input.name, [make("p", { class: "figures" }, [make("span", { class: "value" }, said), limit]), bar]);
}

function estopTile(station) {
  const rows = station.rows.map(([name, value]) => make("div", {}, [make("dt", {}, name), make("dd", { class: "value" }, value)]));
  const made = tile(station.status, station.name, [
    make("p", { class: "value big" }, station.text),
    make("dl", {}, rows),
    make("p", { class: "small" }, station.remedy),
  ]);
  made.append(make("p", { class: "age small" }));
  return made;
}

function healthTile(health) {
  const content = [make("p", { class: "value", title: health.text }, health.text)];
  if (health.remedy) content.push(make("p", { class: "remedy small" }, health.remedy));
  return tile(health.status, health.name, content);
}

function showGate(gate) {
  setText($("#gate-text"), gate.text);
  $("#gate").classList.toggle("abnormal", gate.status === "abnormal");
  setAge($("#gate"), gate.age_ms, gate.limit_ms);
  const row = ([name, value]) => make("div", {}, [make("dt", {}, name), make("dd", { class: "value" }, value)]);
  setChildren($("#gate dl"), gate.rows, row);
}

function eventRow(event) {
  const time = new Date(event.stamp_ms).toLocaleTimeString("en-GB");
  const by = event.by ? ` (${event.by})` : "";
  return make("li", { class: event.status }, [
    symbol(event.status === "ok" ? "ok" : event.status),
    make("time", {}, time),
    make("span", { class: "kind" }, event.kind.replaceAll("_", " ").toLowerCase()),
    make("span", {}, event.reason + by),
  ]);
}

/** Ten times a second from a worker, whom no browser slows down in the background, and now and then from the page. */
function tick() {
  look();
  const quiet = since(heardAt && since(heardAt) < since(openedAt) ? heardAt : openedAt);
  if (socket && quiet > SILENT_MS) {
    const silent = socket;
    socket = null;
    silent.close();
  }
  if (!socket && since(openedAt) > 1000) connect();
}

new Worker("/static/tick.js").onmessage = () => {
  tickedAt = mark();
  tick();
};
setInterval(tick, 500); // the worker's file may not have come, and a worker may end: both must be seen
document.addEventListener("visibilitychange", look);
window.addEventListener("pageshow", look);
window.addEventListener("focus", look);
connect();
