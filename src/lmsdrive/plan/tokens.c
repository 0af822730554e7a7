#include "tokens.h"

#include <string.h>

#include "agent.h"

enum { BYTES_PER_TOKEN = 4 };
/* Of a question whose answer is known; of a call and the next job. */
enum { CHECK_PROMPT_TOKENS = 60, AGENT_TURN_TOKENS = 140 };

/* Of a turn: the system prompt, the tools, and in each turn so far a job, a
 * call and what it returned. */
static double
agent_tokens(const struct step *s)
{
	double bytes = (double)strlen(s->prompt.agent), results = 0, own;
	double turns = s->turn > 0 ? (double)s->turn : 1;
	const cJSON *tool;
	struct agent a;

	if (agent_init(&a, s->prompt.agent, 0) == -1)
		return 0;
	cJSON_ArrayForEach(tool, a.tools) {
		own = (double)strlen(json_get_str(tool, "result", ""));
		bytes -= own;
		results += json_get_str(tool, "result", NULL) == NULL ?
		    (double)agent_result_words(&a) :
		    own / (double)BYTES_PER_TOKEN;
	}
	results /= cJSON_GetArraySize(a.tools);
	agent_fini(&a);
	return (double)s->prompt.target_tokens +
	    bytes / (double)BYTES_PER_TOKEN +
	    turns * ((double)AGENT_TURN_TOKENS + results);
}

double
tokens_prompt(const struct step *s)
{
	if (s->prompt.agent != NULL)
		return agent_tokens(s);
	if (s->prompt.target_tokens >= 0)
		return (double)s->prompt.target_tokens;
	if (s->prompt.check != NULL || s->prompt.probe != NULL)
		return (double)CHECK_PROMPT_TOKENS;
	return (double)s->prompt.words + (s->prompt.text == NULL ? 0 :
	    (double)strlen(s->prompt.text) / (double)BYTES_PER_TOKEN);
}

double
tokens_times(const struct step *s)
{
	return s->turn > 1 && s->prompt.agent == NULL ? (double)s->turn : 1;
}

double
tokens_context(const struct step *s)
{
	double turns = tokens_times(s);

	return turns * tokens_prompt(s) +
	    (turns - 1) * (double)s->sampling.max_tokens;
}
