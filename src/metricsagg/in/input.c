#include "input.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "clock.h"
#include "diag.h"
#include "intake.h"

enum { COMPLAINTS_MAX = 5 };

#define WAIT_NS (200 * NS_PER_MS)

void
input_complain(const struct tally *bad, const struct ndjson *in,
    const char *why)
{
	uint64_t n = bad->not_json + bad->bad_record + bad->too_long;

	if (n <= COMPLAINTS_MAX)
		diag_warnx("%s:%" PRIu64 ": %s; the line is left out",
		    ndjson_name(in), ndjson_line_number(in), why);
	if (n == COMPLAINTS_MAX + 1)
		diag_warnx("%s:%" PRIu64 ": %s; further bad lines are only "
		    "counted", ndjson_name(in), ndjson_line_number(in), why);
}

bool
input_is_cut(const struct ndjson *in, struct slice line)
{
	cJSON *o;

	if (!ndjson_was_cut(in) || line.len == 0)
		return false;
	o = json_parse(line.p, line.len);
	cJSON_Delete(o);
	return o == NULL;
}

static void
take_line(struct tables *t, const struct ndjson *in, struct slice line)
{
	enum intake_result result;
	const char *why;

	t->tally.lines++;
	t->tally.bytes += line.len + 1;
	if (line.len == 0)
		return;
	if (input_is_cut(in, line)) {
		t->tally.cut++;
		diag_warnx("%s:%" PRIu64 ": the last line is incomplete, the "
		    "stream was cut off", ndjson_name(in),
		    ndjson_line_number(in));
		return;
	}
	result = intake_line(t, line, &why);
	if (result == INTAKE_NOT_JSON || result == INTAKE_BAD_RECORD)
		input_complain(&t->tally, in, why);
	if (result == INTAKE_GLUED)
		diag_warnx("%s:%" PRIu64 ": %s", ndjson_name(in),
		    ndjson_line_number(in), why);
}

/* Take what there is: until the end, or nothing more at the moment. */
static enum ndjson_result
take_lines(struct tables *t, struct ndjson *r, const struct input *in)
{
	enum ndjson_result result;
	struct slice line;

	while ((result = ndjson_next(r, &line)) == NDJSON_LINE ||
	    result == NDJSON_TOO_LONG) {
		if (result == NDJSON_LINE) {
			take_line(t, r, line);
		} else {
			t->tally.lines++;
			t->tally.too_long++;
			input_complain(&t->tally, r,
			    "longer than any record");
		}
		if (in->watch != NULL)
			in->watch(in->arg, t);
	}
	return result;
}

/* ---- a file that grows --------------------------------------------------- */

static bool
is_stopped(const struct input *in)
{
	return in->stop != NULL && *in->stop != 0;
}

static void
pause_for_more(struct tables *t, const struct input *in)
{
	if (in->wait != NULL)
		in->wait(in->arg, t);
	clock_sleep_until(clock_mono_ns() + WAIT_NS);
}

/* Wait until path is there.  Returns false when there is nothing to wait for
 * any more. */
static bool
await_file(struct tables *t, const struct input *in, const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 || errno != ENOENT)
		return true;
	diag_warnx("%s: not there yet; waiting for it", path);
	while (!is_stopped(in) && stat(path, &st) == -1 && errno == ENOENT)
		pause_for_more(t, in);
	return !is_stopped(in);
}

/* Is path another file than before, or shorter?  One that was moved is
 * followed where it is, until there is another. */
static bool
is_replaced(const char *path, struct stat *before)
{
	struct stat st;
	bool is_other;

	if (stat(path, &st) == -1)
		return false;
	is_other = st.st_ino != before->st_ino ||
	    st.st_dev != before->st_dev || st.st_size < before->st_size;
	*before = st;
	return is_other;
}

/* Has every run begun so far written all its end records? */
static bool
are_over(const struct tables *t)
{
	for (size_t i = 0; i < t->n_runs; i++)
		if (!tables_is_complete(t->runs[i]))
			return false;
	return t->n_runs > 0;
}

/* A run that is followed alone is forgotten with its file. */
static void
forget(struct tables *t, const struct input *in)
{
	bool keeps_texts = t->keeps_texts;

	if (in->n > 1)
		return;
	tables_fini(t);
	tables_init(t);
	t->keeps_texts = keeps_texts;
}

enum followed { FOLLOWED_OVER, FOLLOWED_ANEW, FOLLOWED_ERROR };

static enum followed
follow_file(struct tables *t, const struct input *in, const char *path)
{
	struct ndjson *r;
	struct stat st;
	enum ndjson_result result;
	bool is_anew = false;

	if (!await_file(t, in, path))
		return FOLLOWED_OVER;
	if ((r = ndjson_open(path)) == NULL || stat(path, &st) == -1) {
		ndjson_close(r);
		return FOLLOWED_ERROR;
	}
	ndjson_follow(r);
	while ((result = take_lines(t, r, in)) == NDJSON_END && !are_over(t) &&
	    !is_stopped(in) && !(is_anew = is_replaced(path, &st)))
		pause_for_more(t, in);
	ndjson_close(r);
	return result == NDJSON_ERROR ? FOLLOWED_ERROR :
	    is_anew ? FOLLOWED_ANEW : FOLLOWED_OVER;
}

static int
read_on(struct tables *t, const struct input *in, const char *path)
{
	enum followed f;

	while ((f = follow_file(t, in, path)) == FOLLOWED_ANEW) {
		diag_warnx("%s: was cut or replaced; it is read anew", path);
		forget(t, in);
	}
	return f == FOLLOWED_ERROR ? EXIT_SYSTEM : EXIT_DONE;
}

/* Pipes and terminals are followed by being read. */
static bool
is_growing(const char *path)
{
	struct stat st;

	return strcmp(path, "-") != 0 && (stat(path, &st) == -1 ?
	    errno == ENOENT : S_ISREG(st.st_mode));
}

static int
read_file(struct tables *t, const struct input *in, const char *path)
{
	struct ndjson *r;
	enum ndjson_result result;

	if (in->follow && is_growing(path))
		return read_on(t, in, path);
	if ((r = ndjson_open(path)) == NULL)
		return EXIT_SYSTEM;
	result = take_lines(t, r, in);
	ndjson_close(r);
	return result == NDJSON_ERROR ? EXIT_SYSTEM : EXIT_DONE;
}

int
input_read(struct tables *t, const struct input *in)
{
	int status = EXIT_DONE, result;

	for (int i = 0; i < in->n; i++) {
		result = read_file(t, in, in->files[i]);
		if (result != EXIT_DONE)
			status = result;
	}
	if (in->n == 0)
		status = read_file(t, in, "-");
	if (status == EXIT_DONE && t->tally.not_json + t->tally.bad_record +
	    t->tally.too_long > 0)
		status = EXIT_INPUT;
	return status;
}
