#include "sim.h"

#include <microhttpd.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arrival.h"
#include "clock.h"
#include "diag.h"
#include "job.h"
#include "listen.h"
#include "loop.h"
#include "route.h"
#include "url.h"
#include "xalloc.h"

enum { BODY_MAX = 256 * 1024 * 1024 };

/* With so much time to spare the truth log may be written. */
#define QUIET_NS (2 * NS_PER_MS)

/* ---- requests come in --------------------------------------------------- */

static bool
is_authorized(struct MHD_Connection *conn, const char *token)
{
	const char *got = MHD_lookup_connection_value(conn, MHD_HEADER_KIND,
	    "Authorization");

	if (token == NULL)
		return true;
	return got != NULL && strncmp(got, "Bearer ", 7) == 0 &&
	    strcmp(got + 7, token) == 0;
}

static void
complete(struct exchange *x)
{
	const char *faults = MHD_lookup_connection_value(x->conn,
	    MHD_HEADER_KIND, "X-Lmsim-Fault");

	const union MHD_ConnectionInfo *info = MHD_get_connection_info(x->conn,
	    MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	int64_t *arrival = info->socket_context;

	/* Others may have come while this one was being read. */
	arrival_look(x->sim->arrivals);
	x->received_ns = *arrival != 0 ? *arrival : clock_mono_ns();
	*arrival = 0;
	x->state = X_HANDLED;
	x->is_authorized = is_authorized(x->conn, x->sim->catalogue->token);
	if (faults != NULL)
		x->faults = fault_parse_list(faults, NULL);
	route(x);
}

bool
sim_is_asleep(const struct sim *sim, const struct instance *inst)
{
	int64_t ns = sim->catalogue->sleep_idle_ns;

	return ns > 0 && inst->active == 0 && inst->idle_since_ns > 0 &&
	    clock_mono_ns() - inst->idle_since_ns > ns;
}

static enum MHD_Result
on_request(void *arg, struct MHD_Connection *conn, const char *url,
    const char *method, const char *version, const char *data, size_t *len,
    void **slot)
{
	struct sim *sim = arg;
	struct exchange *x = *slot;

	if (x == NULL) {
		/* To a proxy, the whole address is said. */
		*slot = exchange_new(sim, conn, method,
		    url[0] == '/' ? url : url_path(url),
		    strcmp(version, "HTTP/1.1") == 0);
		return MHD_YES;
	}
	if (*len > 0) {
		if (x->body.len + *len > BODY_MAX)
			return MHD_NO;
		buf_add(&x->body, data, *len);
		*len = 0;
		return MHD_YES;
	}
	if (x->state == X_READING)
		complete(x);
	return (enum MHD_Result)exchange_queue(x);
}

static void
on_completed(void *arg, struct MHD_Connection *conn, void **slot,
    enum MHD_RequestTerminationCode why)
{
	struct exchange *x = *slot;

	(void)arg;
	(void)conn;
	(void)why;
	*slot = NULL;
	if (x == NULL)
		return;
	if (x->job != NULL)
		job_free(x->job);
	exchange_free(x);
}

/* Each connection has a place for the instant its last bytes came. */
static void
on_connection(void *arg, struct MHD_Connection *conn, void **slot,
    enum MHD_ConnectionNotificationCode code)
{
	struct sim *sim = arg;
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(conn,
	    MHD_CONNECTION_INFO_CONNECTION_FD);

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		*slot = xcalloc(1, sizeof(int64_t));
		arrival_add(sim->arrivals, info->connect_fd, *slot);
	} else {
		arrival_forget(sim->arrivals, info->connect_fd);
		free(*slot);
		*slot = NULL;
	}
}

/* ---- workers ------------------------------------------------------------ */

static void
on_instance(void *arg, struct instance *inst)
{
	struct sim *sim = arg;
	struct exchange *x, *next;

	if (sim->is_stopping)
		return;
	for (x = sim->exchanges; x != NULL; x = next) {
		next = x->next;
		if (x->inst == inst && x->on_instance != NULL)
			x->on_instance(x);
	}
}

static void
preload(struct sim *sim)
{
	const struct catalogue *c = sim->catalogue;

	for (size_t i = 0; i < c->n_models; i++)
		if (c->models[i].is_preloaded)
			fleet_load(&sim->fleet, &c->models[i], "start", -1, 0);
}

/* ---- the loop ----------------------------------------------------------- */

static void
run_timers(struct sim *sim)
{
	struct timer *t;
	int64_t now = clock_mono_ns();
	int n = 0;

	while (n++ < 256 && (t = heap_pop(&sim->timers, now)) != NULL)
		job_tick((struct job *)t, now);
}

/* Streams whose socket is full, or whose end is held up by that. */
static size_t
add_streams(struct sim *sim, struct pollfd **fds, size_t n, size_t *cap)
{
	struct exchange *x;

	for (x = sim->exchanges; x != NULL; x = x->next) {
		if (!x->wire.is_open || x->wire.is_gone ||
		    wire_waiting(&x->wire) == 0)
			continue;
		*fds = xgrow(*fds, n, cap, sizeof(**fds));
		(*fds)[n++] = (struct pollfd){ .fd = x->wire.fd,
		    .events = POLLOUT };
	}
	return n;
}

static void
flush_streams(struct sim *sim)
{
	struct exchange *x;

	for (x = sim->exchanges; x != NULL; x = x->next) {
		if (!x->wire.is_open || wire_waiting(&x->wire) == 0)
			continue;
		wire_flush(&x->wire);
		if (x->state == X_ENDING)
			exchange_end(x, x->end);
	}
}

static int64_t
next_wakeup(struct sim *sim)
{
	MHD_UNSIGNED_LONG_LONG ms;
	int64_t at = heap_next(&sim->timers), own;

	if (sim->has_resumed)
		return 0;
	if (MHD_get_timeout(sim->daemon, &ms) == MHD_YES) {
		own = clock_mono_ns() + (int64_t)ms * NS_PER_MS;
		if (own < at)
			at = own;
	}
	return at;
}

static int
serve(struct sim *sim, int signal_fd)
{
	struct pollfd *fds = NULL;
	size_t n, cap = 0, n_inst;
	int64_t at_ns;

	for (;;) {
		n = 0;
		fds = xgrow(fds, 8 + sim->fleet.n, &cap, sizeof(*fds));
		fds[n++] = (struct pollfd){ .fd = signal_fd,
		    .events = POLLIN };
		n_inst = sim->fleet.n;
		for (size_t i = 0; i < n_inst; i++)
			instance_poll(sim->fleet.items[i], &fds[n++]);
		n = add_streams(sim, &fds, n, &cap);
		at_ns = next_wakeup(sim);
		if (at_ns - clock_mono_ns() > QUIET_NS)
			truth_flush(sim->truth);
		if (loop_wait(sim->daemon, fds, n, at_ns) == -1)
			break;
		run_timers(sim);
		if (fds[0].revents != 0)
			break;
		for (size_t i = 0; i < n_inst; i++)
			if (fds[1 + i].revents != 0 &&
			    sim->fleet.items[i]->fd != -1)
				instance_ready(&sim->fleet,
				    sim->fleet.items[i]);
		if (n > 1 + n_inst)
			flush_streams(sim);
		sim->has_resumed = false;
		arrival_look(sim->arrivals);
		MHD_run(sim->daemon);
		fleet_sweep(&sim->fleet);
	}
	free(fds);
	return 0;
}

/* ---- start and stop ----------------------------------------------------- */

static int
start_daemon(struct sim *sim, int fd)
{
	sim->daemon = MHD_start_daemon(loop_flags(), 0, NULL, NULL,
	    on_request, sim,
	    MHD_OPTION_LISTEN_SOCKET, fd,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)loop_connections(),
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)65536,
	    MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
	    MHD_OPTION_NOTIFY_CONNECTION, on_connection, sim,
	    MHD_OPTION_END);
	if (sim->daemon != NULL)
		return 0;
	diag_warnx("libmicrohttpd cannot start");
	close(fd);
	return -1;
}

/* libmicrohttpd must not be stopped while connections are suspended. */
static void
stop(struct sim *sim)
{
	struct exchange *x;

	sim->is_stopping = true;
	for (x = sim->exchanges; x != NULL; x = x->next) {
		if (x->job != NULL)
			job_over(x->job, "gone");
		x->on_instance = NULL;
		x->wire.is_gone = x->state == X_STREAMING;
		if (x->is_suspended) {
			x->is_suspended = false;
			MHD_resume_connection(x->conn);
		}
	}
	MHD_stop_daemon(sim->daemon);
	arrival_watch_free(sim->arrivals);
	fleet_fini(&sim->fleet);
	heap_fini(&sim->timers);
	free(sim->asked);
}

static void
log_start(struct sim *sim)
{
	struct json *j = truth_begin(sim->truth, "server");

	json_int(j, "pid", getpid());
	json_int(j, "port", sim->port);
	json_int(j, "seed", (int64_t)sim->seed);
	json_num(j, "time_scale", sim->catalogue->time_scale);
	json_num(j, "memory_scale", sim->catalogue->memory_scale);
	truth_end(sim->truth);
	truth_flush(sim->truth);
}

int
sim_run(const struct catalogue *c, struct truth *truth,
    const struct sim_options *o, int (*ready)(void *, int), void *arg)
{
	struct sim sim = { .catalogue = c, .truth = truth, .seed = o->seed,
	    .noise = noise_new(o->seed) };
	int fd, rc;

	if ((fd = listen_on(o->bind, o->port, &sim.port)) == -1)
		return -1;
	arrival_enable(fd);
	sim.arrivals = arrival_watch_new();
	if (start_daemon(&sim, fd) == -1) {
		arrival_watch_free(sim.arrivals);
		return -1;
	}
	sim.started_ns = clock_mono_ns();
	sim.asked = xcalloc(c->n_models + 1, sizeof(*sim.asked));
	fleet_init(&sim.fleet, truth, c->process_name, on_instance, &sim);
	log_start(&sim);
	preload(&sim);
	rc = ready(arg, sim.port);
	if (rc == 0)
		rc = serve(&sim, o->signal_fd);
	stop(&sim);
	return rc;
}
