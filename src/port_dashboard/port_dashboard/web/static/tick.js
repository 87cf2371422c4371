// A clock that browsers do not slow down in background tabs: page timers are, a worker's are not.
setInterval(() => postMessage(0), 100);
