#include "instance.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "spawn_worker.h"
#include "xalloc.h"

enum {
	AUTOFIT_CONTEXT = 131072,	/* what context_autofit loads instead */
	SLOW_LOAD = 20	/* load_slow takes so many times longer */
};

void
fleet_init(struct fleet *f, struct truth *truth, const char *process_name,
    void (*changed)(void *, struct instance *), void *arg)
{
	memset(f, 0, sizeof(*f));
	f->truth = truth;
	f->process_name = process_name;
	f->changed = changed;
	f->arg = arg;
}

static void
instance_free(struct instance *inst)
{
	if (inst->fd != -1)
		close(inst->fd);
	if (inst->pid > 0 && !inst->is_reaped)
		waitpid(inst->pid, NULL, 0);
	cache_fini(&inst->cache);
	buf_fini(&inst->in);
	buf_fini(&inst->out);
	free(inst->id);
	cJSON_Delete(inst->asked);
	free(inst);
}

void
fleet_fini(struct fleet *f)
{
	for (size_t i = 0; i < f->n; i++) {
		/* A worker in the middle of a hanging load reads nothing. */
		if (f->items[i]->pid > 0 && !f->items[i]->is_reaped)
			kill(f->items[i]->pid, SIGKILL);
		instance_free(f->items[i]);
	}
	free(f->items);
	memset(f, 0, sizeof(*f));
}

bool
instance_is_listed(const struct instance *inst)
{
	return inst->state == INST_LOADED || inst->state == INST_GHOST;
}

struct instance *
fleet_by_id(struct fleet *f, const char *id)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->items[i]->state != INST_GONE &&
		    strcmp(f->items[i]->id, id) == 0)
			return f->items[i];
	return NULL;
}

struct instance *
fleet_of_model(struct fleet *f, const struct model *m)
{
	struct instance *loading = NULL;

	for (size_t i = 0; i < f->n; i++) {
		if (f->items[i]->model != m)
			continue;
		if (f->items[i]->state == INST_LOADED)
			return f->items[i];
		if (f->items[i]->state == INST_LOADING && loading == NULL)
			loading = f->items[i];
	}
	return loading;
}

static bool
has_failed_to_load(const struct instance *inst)
{
	return inst->state == INST_GONE && inst->memory_bytes == 0;
}

void
fleet_sweep(struct fleet *f)
{
	struct instance *inst;

	for (size_t i = f->n; i-- > 0;) {
		inst = f->items[i];
		if (inst->state == INST_GONE && inst->active == 0 &&
		    inst->waiting == 0 && !has_failed_to_load(inst)) {
			instance_free(inst);
			f->items[i] = f->items[--f->n];
		}
	}
}

/* A failed load is remembered until the next one of the model. */
static void
forget_failures(struct fleet *f, const struct model *m)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->items[i]->model == m && has_failed_to_load(f->items[i]))
			f->items[i]->memory_bytes = -1;
}

/* ---- talking to the worker -------------------------------------------- */

static void
push(struct instance *inst)
{
	ssize_t n;

	while (inst->fd != -1 && inst->out.len > 0) {
		n = send(inst->fd, inst->out.data, inst->out.len, 0);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			break;	/* full, or gone: reading will tell */
		buf_consume(&inst->out, (size_t)n);
	}
}

void
instance_sync_memory(struct instance *inst)
{
	int64_t bytes = inst->kv_active_bytes;

	/* Memory once taken is kept in two of the three modes. */
	if (inst->model->kv_mode == KV_UPFRONT && inst->kv_high_bytes == 0)
		inst->kv_high_bytes = inst->context_length *
		    inst->model->kv_bytes;
	if (inst->model->kv_mode == KV_KEEP && bytes > inst->kv_high_bytes)
		inst->kv_high_bytes = bytes;
	if (bytes < inst->kv_high_bytes)
		bytes = inst->kv_high_bytes;
	bytes += cache_held(&inst->cache);
	if (bytes == inst->kv_told_bytes || inst->fd == -1)
		return;
	inst->kv_told_bytes = bytes;
	buf_addf(&inst->out, "kv %" PRId64 "\n", bytes);
	push(inst);
}

void
instance_leak(struct instance *inst, int64_t bytes)
{
	if (bytes <= 0 || inst->fd == -1)
		return;
	inst->leaked_bytes += bytes;
	buf_addf(&inst->out, "leak %" PRId64 "\n", bytes);
	push(inst);
}

void
instance_crash(struct instance *inst)
{
	buf_adds(&inst->out, "crash\n");
	push(inst);
}

void
instance_poll(const struct instance *inst, struct pollfd *p)
{
	p->fd = inst->fd;
	p->revents = 0;
	p->events = inst->fd == -1 ? 0 : POLLIN;
	if (inst->out.len > 0)
		p->events |= POLLOUT;
}

/* ---- the life of an instance ------------------------------------------- */

static void
log_load(struct fleet *f, const struct instance *inst)
{
	struct json *j = truth_begin(f->truth, "load");
	bool is_ok = inst->state == INST_LOADED;

	json_str(j, "instance", inst->id);
	json_str(j, "model", inst->model->key);
	json_count(j, "pid", inst->pid > 0 ? inst->pid : -1);
	json_str(j, "by", inst->by);
	json_int(j, "begin_ns", inst->begin_ns);
	json_int(j, "end_ns", inst->end_ns);
	json_count(j, "memory_bytes", is_ok ? inst->memory_bytes : -1);
	json_int(j, "context_length", inst->context_length);
	json_int(j, "parallel", inst->parallel);
	json_str(j, "status", is_ok ? "ok" : "failed");
	json_str(j, "error", is_ok ? NULL : inst->error);
	truth_end(f->truth);
}

static void
log_gone(struct fleet *f, const struct instance *inst, bool was_asked)
{
	struct json *j = truth_begin(f->truth,
	    was_asked ? "unload" : "worker_exit");

	json_str(j, "instance", inst->id);
	json_int(j, "pid", inst->pid);
	if (was_asked)
		json_int(j, "begin_ns", inst->unload_ns);
	json_int(j, was_asked ? "end_ns" : "at_ns", clock_mono_ns());
	json_int(j, "requests", inst->served);
	json_int(j, "leaked_bytes", inst->leaked_bytes);
	truth_end(f->truth);
}

/* The worker's end of the socket is closed: it is gone, or going. */
static void
worker_ended(struct fleet *f, struct instance *inst)
{
	enum instance_state before = inst->state;

	close(inst->fd);
	inst->fd = -1;
	waitpid(inst->pid, NULL, 0);
	inst->is_reaped = true;
	inst->state = before == INST_UNLOADING &&
	    fault_has(inst->faults, FAULT_UNLOAD_STAYS) ? INST_GHOST :
	    INST_GONE;
	if (before == INST_LOADING) {
		if (inst->error[0] == '\0')
			snprintf(inst->error, sizeof(inst->error),
			    "The model has crashed without additional "
			    "information. (Exit code: null)");
		inst->end_ns = clock_mono_ns();
		log_load(f, inst);
	} else {
		if (before != INST_UNLOADING)
			snprintf(inst->error, sizeof(inst->error),
			    "The model has crashed without additional "
			    "information. (Exit code: 6)");
		log_gone(f, inst, before == INST_UNLOADING);
	}
	f->changed(f->arg, inst);
}

static void
fail_load(struct instance *inst, const char *why)
{
	snprintf(inst->error, sizeof(inst->error), "%s", why);
	kill(inst->pid, SIGKILL);
}

static void
obey_worker(struct fleet *f, struct instance *inst, const char *line)
{
	bool is_doomed = fault_has(inst->faults, FAULT_LOAD_FAILED) ||
	    fault_has(inst->faults, FAULT_LOAD_CRASH);

	/* It may have gone on before it was killed at half way. */
	if (inst->state != INST_LOADING || (is_doomed &&
	    strncmp(line, "loaded ", 7) == 0))
		return;
	if (strncmp(line, "progress ", 9) == 0) {
		inst->progress = strtod(line + 9, NULL);
		if (inst->progress >= 0.5 &&
		    fault_has(inst->faults, FAULT_LOAD_FAILED))
			fail_load(inst, "Failed to load model: error loading "
			    "model: unable to allocate backend buffer");
		else if (inst->progress >= 0.5 &&
		    fault_has(inst->faults, FAULT_LOAD_CRASH))
			kill(inst->pid, SIGKILL);
	} else if (strncmp(line, "loaded ", 7) == 0) {
		inst->memory_bytes = strtoll(line + 7, NULL, 10);
		inst->state = INST_LOADED;
		inst->progress = 1;
		inst->end_ns = clock_mono_ns();
		log_load(f, inst);
		instance_sync_memory(inst);
	} else if (strncmp(line, "failed ", 7) == 0) {
		fail_load(inst, line + 7);
	}
	f->changed(f->arg, inst);
}

void
instance_ready(struct fleet *f, struct instance *inst)
{
	char *nl, *line;
	ssize_t n;

	push(inst);
	for (;;) {
		n = recv(inst->fd, buf_reserve(&inst->in, 4096), 4096, 0);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
			break;
		if (n <= 0) {
			worker_ended(f, inst);
			return;
		}
		inst->in.len += (size_t)n;
	}
	while (inst->in.len > 0 &&
	    (nl = memchr(inst->in.data, '\n', inst->in.len)) != NULL) {
		line = xstrndup(inst->in.data, (size_t)(nl - inst->in.data));
		buf_consume(&inst->in, (size_t)(nl - inst->in.data) + 1);
		obey_worker(f, inst, line);
		free(line);
	}
}

static char *
new_id(struct fleet *f, const struct model *m, bool is_second)
{
	char *id = is_second ? xasprintf("%s:2", m->key) : xstrdup(m->key);
	int n = is_second ? 3 : 2;

	while (fleet_by_id(f, id) != NULL) {
		free(id);
		id = xasprintf("%s:%d", m->key, n++);
	}
	return id;
}

static int64_t
load_time(const struct instance *inst)
{
	if (fault_has(inst->faults, FAULT_LOAD_HANG))
		return 3600 * NS_PER_S;
	if (fault_has(inst->faults, FAULT_LOAD_SLOW))
		return inst->model->load_ns * SLOW_LOAD;
	return inst->model->load_ns;
}

struct instance *
fleet_load(struct fleet *f, const struct model *m, const char *by,
    int64_t context_length, fault_set faults)
{
	struct instance *inst = xcalloc(1, sizeof(*inst));

	forget_failures(f, m);
	inst->id = new_id(f, m, fault_has(faults, FAULT_SECOND_INSTANCE));
	inst->model = m;
	inst->by = by;
	inst->faults = faults;
	inst->fd = -1;
	inst->begin_ns = clock_mono_ns();
	inst->context_length = context_length > 0 ? context_length :
	    m->context;
	if (fault_has(faults, FAULT_CONTEXT_AUTOFIT))
		inst->context_length = AUTOFIT_CONTEXT;
	inst->parallel = m->parallel;
	if (fault_has(faults, FAULT_PARALLEL_DIFFERS))
		inst->parallel = m->parallel == 1 ? 4 : 1;
	cache_init(&inst->cache, m->cache_bytes, m->kv_bytes,
	    m->cache_entry_bytes);
	f->items = xgrow(f->items, f->n, &f->cap,
	    sizeof(struct instance *));
	f->items[f->n++] = inst;

	inst->pid = spawn_worker(f->process_name, m->key, &inst->fd);
	if (inst->pid == -1) {
		snprintf(inst->error, sizeof(inst->error),
		    "cannot start a worker: %s", strerror(errno));
		inst->state = INST_GONE;
		inst->end_ns = clock_mono_ns();
		log_load(f, inst);
		return inst;
	}
	buf_addf(&inst->out, "load %s %" PRId64 " %" PRId64 "\n",
	    m->is_gguf ? "gguf" : "mlx",
	    m->memory_bytes > 0 ? m->memory_bytes : 1, load_time(inst));
	push(inst);
	return inst;
}

void
fleet_unload(struct fleet *f, struct instance *inst)
{
	if (inst->state == INST_GHOST) {
		return;		/* it stays, that is the fault */
	}
	inst->unload_ns = clock_mono_ns();
	if (fault_has(inst->faults, FAULT_UNLOAD_KEEPS_MEMORY)) {
		/* No longer listed, but its process lives on. */
		inst->state = INST_UNLOADING;
		f->changed(f->arg, inst);
		return;
	}
	if (inst->state == INST_LOADING)
		kill(inst->pid, SIGKILL);
	inst->state = INST_UNLOADING;
	shutdown(inst->fd, SHUT_WR);
	f->changed(f->arg, inst);
}
