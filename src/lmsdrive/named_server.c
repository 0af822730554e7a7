#include "named_server.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "config/config.h"
#include "diag.h"
#include "nearest.h"
#include "number.h"
#include "server/detect.h"
#include "xalloc.h"

static const struct option longs[] = {
	{ "server", required_argument, NULL, 's' },
	{ "api", required_argument, NULL, 'A' },
	{ "token-env", required_argument, NULL, 't' },
	{ "help", no_argument, NULL, 'h' },
	/* Those below belong to single commands. */
	{ "context-length", required_argument, NULL, 'c' },
	{ "all", no_argument, NULL, 'a' },
	{ "json", no_argument, NULL, 'j' },
	{ "output", required_argument, NULL, 'O' },
	{ "force", no_argument, NULL, 'f' },
	{ "pair", required_argument, NULL, 'p' },
	{ "model", required_argument, NULL, 'm' },
	{ NULL, 0, NULL, 0 }
};

static void
set_api(struct named_server *t, const char *word)
{
	for (int i = API_AUTO; i <= API_OLLAMA; i++)
		if (strcmp(api_name((enum api)i), word) == 0) {
			t->server.api = (enum api)i;
			return;
		}
	diag_warnx("--api: expected auto, lmstudio, lmstudio-v0, openai, "
	    "llama-router or ollama, got \"%s\"", word);
	diag_usage();
}

static void
add_load_option(struct named_server *t, const char *text)
{
	const char *eq = strchr(text, '=');

	if (eq == NULL || eq == text) {
		diag_warnx("-o: expected KEY=VALUE, got \"%s\"", text);
		diag_usage();
	}
	if (t->n_load_options == NAMED_OPTIONS_MAX) {
		diag_warnx("-o: at most %d of them", NAMED_OPTIONS_MAX);
		diag_usage();
	}
	t->load_options[t->n_load_options++] = text;
}

static void
add_model(struct named_server *t, const char *key)
{
	if (t->n_models == 2) {
		diag_warnx("--model: at most two of them");
		diag_usage();
	}
	t->models[t->n_models++] = key;
}

/* The short options of a command, so which of the long ones it has. */
static const char *
short_options(const char *command)
{
	static const char *const all[][2] = { { "load", "hs:c:o:" },
	    { "unload", "has:" }, { "models", "hjs:" },
	    { "init", "hfs:O:p:m:" } };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(all[i][0], command) == 0)
			return all[i][1];
	return "hs:";
}

void
named_options(struct named_server *t, int argc, char *argv[],
    const char *command, const char *help)
{
	const char *shorts = short_options(command);
	int c;

	if (t->server.token_env == NULL)
		t->server.token_env = xstrdup("LM_API_TOKEN");
	while ((c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (strchr("acjfOpm", c) != NULL && strchr(shorts, c) == NULL)
			c = '?';
		switch (c) {
		case 'A':
			set_api(t, optarg);
			break;
		case 'a':
			t->all = true;
			break;
		case 'j':
			t->json = true;
			break;
		case 'f':
			t->force = true;
			break;
		case 'O':
			t->output = optarg;
			break;
		case 'p':
			t->pairs = optarg;
			break;
		case 'm':
			add_model(t, optarg);
			break;
		case 'c':
			if (number_int(optarg, 1, INT64_C(1) << 40,
			    &t->context_length) == -1) {
				diag_warnx("--context-length: expected a "
				    "number of tokens, got \"%s\"", optarg);
				diag_usage();
			}
			break;
		case 'h':
			fputs(help, stdout);
			exit(diag_finish(EXIT_DONE));
		case 'o':
			add_load_option(t, optarg);
			break;
		case 's':
			free(t->server.url);
			t->server.url = xstrdup(optarg);
			break;
		case 't':
			free(t->server.token_env);
			t->server.token_env = xstrdup(optarg);
			t->has_token_env = true;
			break;
		default:
			diag_usage();
		}
	}
	t->arguments = argv + optind;
}

void
named_no_more(struct named_server *t, int argc, char *argv[], int n)
{
	int given = argc - (int)(t->arguments - argv);

	if (given == n)
		return;
	if (given > n)
		diag_warnx("unexpected argument \"%s\"", t->arguments[n]);
	else
		diag_warnx("an argument is missing");
	diag_usage();
}

void
named_from_server(struct named_server *t, const struct step_server *conf)
{
	if (t->server.url == NULL)
		t->server.url = xstrdup(conf->url);
	if (t->server.api == API_AUTO)
		t->server.api = conf->api;
	if (!t->has_token_env && conf->token_env != NULL) {
		free(t->server.token_env);
		t->server.token_env = xstrdup(conf->token_env);
	}
	t->server.insecure_loopback = conf->insecure_loopback;
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
	    (t->net = net_new(&t->loop)) == NULL)
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

void
named_no_model(const struct named_server *t, const struct models *list,
    const char *key)
{
	const char **keys = xcalloc(list->n + 1, sizeof(*keys)), *near;

	for (size_t i = 0; i < list->n; i++)
		keys[i] = list->v[i].key;
	near = nearest_word(key, keys);
	diag_warnx("%s: no model \"%s\" there%s%s; %s models lists them",
	    t->client.url, key, near != NULL ? ", the nearest is " : "",
	    near != NULL ? near : "", diag_called());
	free(keys);
}

char *
named_load_options(const struct named_server *t)
{
	struct buf out = BUF_INIT;
	const char *text, *value;
	struct json j;
	cJSON *parsed;
	char *key;

	json_init(&j, &out);
	json_object(&j, NULL);
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

void
named_print_string(const char *s)
{
	struct buf out = BUF_INIT;
	struct json j;

	json_init(&j, &out);
	json_str(&j, NULL, s);
	fwrite(out.data, 1, out.len, stdout);
	buf_fini(&out);
}
