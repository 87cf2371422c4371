// The floor plan: zones, the robot and where it has been, in metres; y points up.

import { $, setText, shape } from "./draw.js";

const svg = $("#plan-svg");
const LABEL_PX = 12.5; // on the screen, however large the ground is
let drawnZones = "";
let drawnBounds = "";
let robot = null;
let track = null;

const pair = ([x, y]) => `${x},${-y}`;

export function drawPlan(plan) {
  setText($("#plan-text"), plan.robot
    ? `robot at ${plan.robot.x_m.toFixed(2)}, ${plan.robot.y_m.toFixed(2)} m, ${plan.text}`
    : plan.text);
  drawZones(plan);
  fit(plan);
  drawRobot(plan);
}

function drawZones(plan) {
  const now = JSON.stringify(plan.zones);
  if (drawnZones === now && robot) return;
  drawnZones = now;
  svg.replaceChildren();
  for (const zone of plan.zones) svg.append(...zoneParts(zone));
  track = shape("polyline", { class: "track" });
  robot = shape("g", { class: "robot" });
  const r = plan.robot_radius_m;
  robot.append(shape("circle", { r }), shape("path", { d: `M${r * 0.75} 0 ${-r * 0.45} ${r * 0.5}V${-r * 0.5}Z` }));
  svg.append(track, robot);
}

function zoneParts(zone) {
  const kind = ["keep_in", "keep_out", "speed"].includes(zone.kind) ? zone.kind : "other";
  const xs = zone.polygon_m.map((p) => p[0]);
  const ys = zone.polygon_m.map((p) => p[1]);
  const label = { class: "zone-label", x: Math.min(...xs) + 0.12, y: -Math.max(...ys), dy: "1.15em" };
  const words = { keep_in: "stay inside", keep_out: "keep out", speed: "slow" }[zone.kind] ?? zone.kind;
  return [
    shape("polygon", { class: `zone ${kind}`, points: zone.polygon_m.map(pair).join(" ") }),
    shape("text", label, words ? `${zone.name}: ${words}` : zone.name),
  ];
}

function fit(plan) {
  const points = plan.zones.flatMap((zone) => zone.polygon_m);
  if (!points.length) points.push(...plan.track_m, [-2, -2], [2, 2]);
  if (plan.robot) points.push([plan.robot.x_m, plan.robot.y_m]);
  const xs = points.map((p) => p[0]);
  const ys = points.map((p) => -p[1]);
  const [left, top] = [Math.min(...xs) - 0.5, Math.min(...ys) - 0.5];
  const box = [left, top, Math.max(...xs) + 0.5 - left, Math.max(...ys) + 0.5 - top];
  const now = box.map((n) => n.toFixed(2)).join(" ");
  if (now !== drawnBounds) svg.setAttribute("viewBox", (drawnBounds = now));
  const pixelsPerMetre = Math.min(svg.clientWidth / box[2], svg.clientHeight / box[3]);
  if (pixelsPerMetre > 0) svg.style.setProperty("--label", `${(LABEL_PX / pixelsPerMetre).toFixed(3)}px`);
}

function drawRobot(plan) {
  track.setAttribute("points", plan.track_m.map(pair).join(" "));
  robot.classList.toggle("absent", !plan.robot);
  if (!plan.robot) return;
  const degrees = (-plan.robot.yaw_rad * 180) / Math.PI;
  robot.setAttribute("transform", `translate(${plan.robot.x_m} ${-plan.robot.y_m}) rotate(${degrees})`);
}
