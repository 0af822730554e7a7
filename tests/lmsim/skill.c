#include "skill.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "quiz.h"
#include "rng.h"
#include "xalloc.h"

int
skills_read(struct skills *s, struct ynode model, const char *key)
{
	struct ynode map = ynode_get(model, key);
	struct skill *one;

	if (!map.is_set)
		return 0;
	if (ynode_expect_map(map, key) == -1)
		return -1;
	s->v = xcalloc(ynode_len(map) + 1, sizeof(*s->v));
	for (size_t i = 0; i < ynode_len(map); i++) {
		one = &s->v[s->n++];
		one->kind = xstrdup(ynode_key(map, i));
		if (ynode_get_double(map, one->kind, 0, 1, &one->p) == -1)
			return -1;
	}
	return 0;
}

void
skills_fini(struct skills *s)
{
	while (s->n > 0)
		free(s->v[--s->n].kind);
	free(s->v);
	s->v = NULL;
}

/* The skill of name, of its kind, of all; NAN: none. */
static double
skill_for(const struct skills *s, const char *name)
{
	double p = NAN;
	size_t len, most = 0;

	for (size_t i = 0; i < s->n; i++) {
		len = strlen(s->v[i].kind);
		if (strcmp(s->v[i].kind, "all") == 0 && most == 0)
			p = s->v[i].p;
		else if (len > most && strncmp(name, s->v[i].kind, len) == 0 &&
		    (name[len] == '\0' || name[len] == '_')) {
			p = s->v[i].p;
			most = len;
		}
	}
	return p;
}

/* The right answer to another question of its kind. */
static void
wrong_answer(struct buf *out, struct quiz q)
{
	const struct quiz asked = q;

	do {
		buf_clear(out);
		q.seed++;
		quiz_answer(out, &q);
	} while (quiz_is_right(&asked, buf_cstr(out)));
}

const char *
skill_answer(struct buf *out, const struct skills *s, uint64_t seed,
    const char *model, const char *prompt, int64_t lost, bool has_form)
{
	uint64_t state;
	char name[32];
	struct quiz q;
	double p;

	if (s->n == 0 || quiz_heard(&q, prompt) == -1)
		return NULL;
	snprintf(name, sizeof(name), q.kind->most > 0 ? "%s_%" PRId64 : "%s",
	    q.kind->name, q.size);
	p = skill_for(s, name);
	if (isnan(p))
		return NULL;
	state = rng_seed(rng_seed(seed + q.seed, model), name);
	if (rng_unit(&state) < p && (!quiz_is_long(&q) || q.size >= lost) &&
	    (q.kind->schema == NULL || has_form)) {
		quiz_answer(out, &q);
		return "right";
	}
	wrong_answer(out, q);
	return "wrong";
}
