// How old is what the page shows? Counted on this browser's own clocks, never by comparing clocks with the server.
//
// Age = age of the value when the server built the frame + time it lay at the server + the way here + time since.
// The way here is bounded from this side alone: a frame is only sent after we asked for it, so it cannot have been on
// its way for longer than from our asking to its arrival, less the time the server says it waited.

/** A moment on both clocks of the browser. */
export function mark() {
  return { steady: performance.now(), wall: Date.now() };
}

/** Milliseconds since `moment`: the larger of both clocks, for the steady one may stand still while a tablet sleeps. */
export function since(moment) {
  return Math.max(performance.now() - moment.steady, Date.now() - moment.wall, 0);
}

/** Milliseconds to add to every age in `frame`, at the moment it arrived. */
export function ageOnArrival(frame, askedAt) {
  const way = Math.max(0, since(askedAt) - frame.held_ms);
  return frame.built_ago_ms + way;
}

/** "0:07", "12:31", "3:05:00" */
export function clock(ms) {
  const s = Math.floor(ms / 1000);
  const two = (n) => String(n).padStart(2, "0");
  const h = Math.floor(s / 3600);
  const m = Math.floor(s / 60) % 60;
  return h > 0 ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}

/** "320 ms", "4.2 s", "2 min" */
export function ago(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60000)} min`;
}
