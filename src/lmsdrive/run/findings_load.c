/* What is to be known of a load: what was asked for, and what is there. */
#include "findings.h"

#include <stdlib.h>
#include <string.h>

#include "server/api.h"

/* "key:2" is a second instance of key. */
static bool
is_second_instance(const char *instance, const struct model *m,
    const char *model)
{
	size_t len = strlen(model);

	return (m != NULL && m->n_instances > 1) ||
	    (strncmp(instance, model, len) == 0 && instance[len] == ':' &&
	    strspn(instance + len + 1, "0123456789") ==
	    strlen(instance + len + 1) && instance[len + 1] != '\0');
}

static void
load_identity(struct findings *f, const struct step *s, int64_t number,
    const char *instance, const struct model *m)
{
	if (is_second_instance(instance, m, s->model))
		output_note(f->out, "warn", "second_instance", number,
		    "%s is a second instance of %s: another one takes memory "
		    "beside it", instance, s->model);
	if (m == NULL)
		return;
	if (!models_is_key(m->key, s->model))
		output_note(f->out, "error", "model_mismatch", number,
		    "%s was asked for, %s was loaded", s->model, m->key);
	if (m->is_remote)
		output_note(f->out, "error", "remote_model", number,
		    "%s belongs to another device: its memory is not here",
		    s->model);
	if (s->format != NULL && m->format != NULL &&
	    strcmp(s->format, m->format) != 0)
		output_note(f->out, "error", "format_mismatch", number,
		    "variant %s says %s, the server says %s is %s", s->variant,
		    s->format, s->model, m->format);
}

/*
 * The keys of the options that this API has no word for, but for what was read
 * back, which is compared.  Heap string, "" when there are none.
 */
static char *
lost_options(const struct step *s, const struct client *c,
    const struct loading_result *result)
{
	bool is_lost = !loading_takes_options(c) && s->load_command == NULL;
	cJSON *o = s->load_options != NULL && is_lost ?
	    json_parse(s->load_options, strlen(s->load_options)) : NULL;
	struct buf out = BUF_INIT;
	const cJSON *item;

	if (s->context_length >= 0 && result->context_length < 0 && is_lost)
		buf_adds(&out, "context_length");
	cJSON_ArrayForEach(item, o)
		if (strcmp(item->string, "context_length") != 0)
			buf_addf(&out, "%s%s", out.len > 0 ? ", " : "",
			    item->string);
	cJSON_Delete(o);
	buf_cstr(&out);
	return buf_steal(&out);
}

static void
load_options(struct findings *f, const struct step *s, int64_t number,
    const struct client *c, const struct loading_result *result)
{
	char *lost = lost_options(s, c, result);

	if (lost[0] != '\0')
		output_note(f->out, "warn", "load_options_ignored", number,
		    "%s: the %s API takes no load options: %s stand as the "
		    "server was started", s->model, client_api(c), lost);
	free(lost);
}

/* What was asked for and is not as the server says, or it does not say. */
static void
options_taken(struct findings *f, const struct step *s, int64_t number,
    const struct loading_result *result)
{
	cJSON *asked = s->load_options == NULL ? NULL :
	    json_parse(s->load_options, strlen(s->load_options));
	const cJSON *item, *is;
	char *want, *have;

	cJSON_ArrayForEach(item, asked) {
		is = json_get(result->options, item->string);
		if (is == NULL || cJSON_Compare(item, is, true))
			continue;
		want = cJSON_PrintUnformatted(item);
		have = cJSON_PrintUnformatted(is);
		output_note(f->out, "warn", "load_option_mismatch", number,
		    "%s: %s %s was asked for, the server says %s", s->model,
		    item->string, want, have);
		free(want);
		free(have);
	}
	cJSON_Delete(asked);
}

void
findings_load(struct findings *f, const struct step *s, int64_t number,
    const struct client *c, const struct loading_result *result,
    const struct model *m, size_t listed)
{
	long long context = result->context_length;

	load_identity(f, s, number, result->instance, m);
	load_options(f, s, number, c, result);
	options_taken(f, s, number, result);
	if (m == NULL && listed > 0)
		output_note(f->out, "warn", "model_not_listed", number,
		    "%s is not among the %zu models that the server lists: "
		    "another one may answer", s->model, listed);
	if (s->context_length >= 0 && context >= 0 &&
	    context != s->context_length)
		output_note(f->out, "warn", "context_mismatch", number,
		    "%s: a context of %lld was asked for, %lld is loaded",
		    s->model, (long long)s->context_length, context);
	if (s->parallel >= 0 && result->parallel >= 0 &&
	    result->parallel != s->parallel)
		output_note(f->out, "warn", "parallel_mismatch", number,
		    "%s: %lld parallel slots were claimed, %lld are there",
		    s->model, (long long)s->parallel,
		    (long long)result->parallel);
}
