/*
 * mlx_lm.server: Python's own HTTP server, and models of no owner.  It answers
 * before it has a model, and loads what a request names.
 */

#include "api.h"

/* Make it have the model: ask for one token. */
static int
load(struct client *c, const struct load_request *q,
    struct loading_result *out)
{
	struct reply r;
	cJSON *o = loading_one_token(c, "/v1/chat/completions", q->model,
	    q->timeout_ns, &r);
	int rc = cJSON_IsArray(json_get(o, "choices")) ? 0 :
	    loading_failed(out, &r);

	cJSON_Delete(o);
	reply_fini(&r);
	return rc;
}

const struct server_api api_mlx_lm = {
	.api = API_OPENAI, .name = "mlx_lm.server", .choices = 10,
	.list = "/v1/models", .is_list = api_is_list, .header = "BaseHTTP/",
	.models = "data", .key = "id", .read_model = api_read_model,
	.load = load, .tells_build = true,
	.chat = "/v1/chat/completions", .write_body = body_templated,
	.sampling = { API_MORE_SAMPLING,
	    [SAMPLING_REPEAT_PENALTY] = "repetition_penalty" },
	.draft_model = "draft_model", .draft_tokens = "num_draft_tokens",
	.penalty_off_is_0 = true, .seeds_alone = true,
	.dialect = &dialect_openai
};
