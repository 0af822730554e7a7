#include "named_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "config/config.h"
#include "diag.h"
#include "server/detect.h"
#include "server/loading.h"
#include "xalloc.h"

void
named_take_url(void *into, char *url)
{
	struct named_server *t = into;

	free(t->server.url);
	t->server.url = xstrdup(url);
}

void
named_take_api(void *into, char *word)
{
	struct named_server *t = into;
	struct buf words = BUF_INIT;

	for (size_t i = 0; api_words[i] != NULL; i++) {
		if (strcmp(api_words[i], word) == 0) {
			t->server.api = (enum api)i;
			buf_fini(&words);
			return;
		}
		buf_addf(&words, "%s%s", i > 0 ? ", " : "", api_words[i]);
	}
	diag_warnx("--api: expected one of %s, got '%s'", buf_cstr(&words),
	    word);
	diag_usage();
}

void
named_take_token(void *into, char *name)
{
	struct named_server *t = into;

	free(t->server.token_env);
	t->server.token_env = xstrdup(name);
	t->has_token_env = true;
}

void
named_options(struct named_server *t, const struct cmdline *command,
    int argc, char *argv[])
{
	t->arguments = argv + cmdline_read(command, t, argc, argv);
	if (t->server.token_env == NULL)
		t->server.token_env = xstrdup("LM_API_TOKEN");
}

int
named_prepare(struct named_server *t)
{
	const char *wanted;

	if (t->server.url == NULL)
		t->server.url = xstrdup(NAMED_URL);
	if ((wanted = config_url_problem(t->server.url)) != NULL) {
		diag_warnx("--server: expected %s, got \"%s\"", wanted,
		    t->server.url);
		diag_usage();
	}
	if (loop_init(&t->loop, NULL) == -1 ||
	    (t->net = net_new(&t->loop, NULL)) == NULL)
		return -1;
	client_init(&t->client, t->net, &t->server, 5 * NS_PER_S);
	t->is_open = true;
	return 0;
}

int
named_open(struct named_server *t)
{
	enum detect_result result;
	char why[1024];

	if (named_prepare(t) == -1)
		return -1;
	result = detect_api(&t->client, why, sizeof(why));
	if (result == DETECT_OK)
		return 0;
	detect_explain(&t->client, result, why);
	return -1;
}

void
named_close(struct named_server *t)
{
	if (t->is_open)
		client_fini(&t->client);
	net_free(t->net);
	loop_fini(&t->loop);
	free(t->server.url);
	free(t->server.token_env);
}

int
named_models(struct named_server *t, struct models *list)
{
	char error[LOADING_ERROR_CAP];

	if (loading_list(&t->client, list, error) == 0)
		return 0;
	return diag_warnx("%s: no list of models: %s", t->client.url, error);
}

void
named_no_model(const struct named_server *t, const struct models *list,
    const char *key)
{
	char hint[NEAREST_CAP];

	diag_warnx("%s: there is no model %s%s", t->client.url, key,
	    models_hint(hint, list, key));
}

char *
named_load_options(const struct named_server *t)
{
	struct buf out = BUF_INIT;
	const char *text, *value;
	struct json j;
	cJSON *parsed;
	char *key;

	json_begin(&j, &out);
	if (t->context_length >= 0)
		json_int(&j, "context_length", t->context_length);
	for (size_t i = 0; i < t->n_load_options; i++) {
		text = t->load_options[i];
		value = strchr(text, '=') + 1;
		key = xstrndup(text, (size_t)(value - 1 - text));
		parsed = json_parse(value, strlen(value));
		if (parsed != NULL)
			json_raw(&j, key, value, strlen(value));
		else
			json_str(&j, key, value);
		cJSON_Delete(parsed);
		free(key);
	}
	json_close(&j);
	return buf_steal(&out);
}
