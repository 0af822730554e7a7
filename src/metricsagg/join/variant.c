#include "variant.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "options.h"

/* Is what p says of its process true of visit v?  It may be seen a moment after
 * a load that took none. */
static bool
is_there(const struct run *r, const struct proc_row *p, const struct visit *v)
{
	const struct proc_row *e, *end = r->procs + r->n_procs;

	for (e = p + 1; e < end && e->t_ns < v->t_next; e++)
		if (e->pid == p->pid && (e->options != NULL ||
		    (e->t_ns <= v->t_loaded &&
		    names_cmp(e->event, "exit") == 0)))
			return false;
	return p->t_ns < v->t_next;
}

/* Of its own accord LM Studio tells all of them; others some, as if there were
 * no more. */
static const char *
seen_from(const struct raw_span *load, bool has_process)
{
	if (has_process)
		return "process";
	if (load->pid > 0)
		return "command";
	return load->options != NULL && load->api != NULL &&
	    names_cmp(load->api, "lmstudio") == 0 ? "server" : NULL;
}

/* What the load says, and what else those who do it were told. */
static void
find_options(struct variant *va, struct names *names, const struct run *r,
    const struct visit *at)
{
	const char *said = va->options = va->info->options;
	const struct proc_row *p;
	const cJSON *item;
	cJSON *all = NULL, *o;
	char *text;

	for (p = r->procs; p < r->procs + r->n_procs; p++) {
		if (p->options == NULL || !is_there(r, p, at) ||
		    (p->port > 0 && at->port > 0 && p->port != at->port))
			continue;
		if (all == NULL)
			all = said != NULL ? json_parse(said, strlen(said)) :
			    cJSON_CreateObject();
		o = json_parse(p->options, strlen(p->options));
		cJSON_ArrayForEach(item, o)
			if (json_get(all, item->string) == NULL)
				options_set(&all, item->string,
				    cJSON_Duplicate(item, true));
		cJSON_Delete(o);
	}
	va->options_from = seen_from(va->info, all != NULL);
	if (all == NULL)
		return;
	text = cJSON_PrintUnformatted(all);
	va->options = names_adds(names, text);
	free(text);
	cJSON_Delete(all);
}

static void
find_loads(struct variant *va, struct names *names, const struct run *r)
{
	const struct visit *at = NULL;

	while ((at = variant_visit(va, r, at)) != NULL) {
		if (!visit_is_loaded(at) || at->stays)
			continue;
		if (va->loads++ == 0) {
			va->info = &at->load->info;
			find_options(va, names, r, at);
		}
	}
}

static void
find_runtime(struct variant *va, const struct run *r)
{
	const struct raw_step *s;

	for (size_t i = 0; i < r->n_spans && va->runtime == NULL; i++) {
		s = r->spans[i].at;
		if (s != NULL && s->pair == va->pair &&
		    s->variant == va->variant)
			va->runtime = r->spans[i].info.runtime;
	}
}

/* Keep of into what is the same in o. */
static void
merge_sampling(cJSON *into, const cJSON *o)
{
	const cJSON *item, *old;

	cJSON_ArrayForEach(item, o) {
		old = json_get(into, item->string);
		if (old != NULL && cJSON_Compare(old, item, true))
			continue;
		cJSON_DeleteItemFromObjectCaseSensitive(into, item->string);
		cJSON_AddItemToObject(into, item->string, old != NULL ?
		    cJSON_CreateString("not one value") :
		    cJSON_Duplicate(item, true));
	}
}

static void
count_draft(struct variant *va, const struct request_answered *of)
{
	if (of->draft_tokens < 0)
		return;
	va->draft_tokens += of->draft_tokens + (va->draft_tokens < 0);
	va->accepted_tokens += (of->accepted_tokens > 0 ?
	    of->accepted_tokens : 0) + (va->accepted_tokens < 0);
}

/* What its requests were sent with, and what was guessed for them. */
static void
find_requests(struct variant *va, struct names *names, const struct run *r)
{
	const struct request_row *q;
	const char *last = NULL;
	cJSON *all = NULL, *o;
	char *text;

	for (q = r->requests; q < r->requests + r->n_requests; q++) {
		if (q->at == NULL || q->at->pair != va->pair ||
		    q->at->variant != va->variant)
			continue;
		count_draft(va, q->answered);
		if (q->asked->sampling == NULL || q->asked->sampling == last)
			continue;
		last = q->asked->sampling;
		o = json_parse(last, strlen(last));
		if (all == NULL)
			all = cJSON_CreateObject();
		merge_sampling(all, o);
		cJSON_Delete(o);
	}
	text = all != NULL ? cJSON_PrintUnformatted(all) : NULL;
	va->sampling = text != NULL ? names_adds(names, text) : NULL;
	free(text);
	cJSON_Delete(all);
}

void
variant_find(struct variant *va, struct names *names, const struct run *r)
{
	find_loads(va, names, r);
	find_runtime(va, r);
	find_requests(va, names, r);
}

bool
variant_visited(const struct variant *va, const struct visit *at)
{
	return at->pair == va->pair && at->variant == va->variant;
}

const struct visit *
variant_visit(const struct variant *va, const struct run *r,
    const struct visit *at)
{
	for (at = at == NULL ? r->visits : at + 1;
	    at < r->visits + r->n_visits; at++)
		if (variant_visited(va, at))
			return at;
	return NULL;
}

double
variant_file_bytes(const struct variant *va, enum counter c)
{
	return c != C_RSS && va->info != NULL && va->info->size_bytes > 0 &&
	    names_cmp(va->info->format, "gguf") == 0 ?
	    (double)va->info->size_bytes : 0;
}
