#include "proxy.h"

#include <sys/socket.h>
#include <netdb.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A variable that is empty is none. */
static const char *
variable(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

/* In libcurl's order.  HTTP_PROXY is none of them: a CGI client can set it. */
static const char *
configured(const char *url)
{
	bool is_tls = strncasecmp(url, "https:", 6) == 0;
	const char *value = variable(is_tls ? "https_proxy" : "http_proxy");

	if (value == NULL && is_tls)
		value = variable("HTTPS_PROXY");
	if (value == NULL)
		value = variable("all_proxy");
	return value != NULL ? value : variable("ALL_PROXY");
}

/* [SCHEME://][USER[:PASSWORD]@]HOST[:PORT][/...]: its host, in brackets if it
 * came so, and its port. */
static void
split(const char *text, char host[PROXY_CAP], char port[8])
{
	const char *p = strstr(text, "://"), *at, *end;
	bool is_tls = strncasecmp(text, "https:", 6) == 0;

	p = p != NULL ? p + 3 : text;
	for (end = p + strcspn(p, "/"); (at = memchr(p, '@',
	    (size_t)(end - p))) != NULL;)
		p = at + 1;
	at = *p == '[' ? p + strcspn(p, "]") : p;
	at += strcspn(at, ":/");
	snprintf(host, PROXY_CAP, "%.*s", (int)(at - p), p);
	snprintf(port, 8, "%.*s", (int)strspn(at + (*at == ':'),
	    "0123456789"), at + (*at == ':'));
	if (port[0] == '\0')
		snprintf(port, 8, "%s", is_tls ? "443" : "1080");
}

#if LIBCURL_VERSION_NUM >= 0x080700
static bool
is_used(CURL *e, const char *host, const char *port)
{
	long used = 0;

	(void)host;
	(void)port;
	curl_easy_getinfo(e, CURLINFO_USED_PROXY, &used);
	return used != 0;
}
#else
/* An older libcurl does not tell, but whom it is connected to. */
static bool
is_used(CURL *e, const char *host, const char *port)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *all = NULL, *a;
	char name[PROXY_CAP], text[PROXY_CAP];
	const char *peer = NULL;
	bool is_peer = false;
	long peer_port = 0;

	curl_easy_getinfo(e, CURLINFO_PRIMARY_IP, &peer);
	curl_easy_getinfo(e, CURLINFO_PRIMARY_PORT, &peer_port);
	if (peer == NULL || peer_port != atol(port))
		return false;
	snprintf(name, sizeof(name), "%s", host + (host[0] == '['));
	name[strcspn(name, "]")] = '\0';
	if (getaddrinfo(name, port, &hints, &all) != 0)
		return false;
	for (a = all; a != NULL && !is_peer; a = a->ai_next)
		is_peer = getnameinfo(a->ai_addr, a->ai_addrlen, text,
		    sizeof(text), NULL, 0, NI_NUMERICHOST) == 0 &&
		    strcasecmp(text, peer) == 0;
	freeaddrinfo(all);
	return is_peer;
}
#endif

char *
proxy_used(CURL *e, const char *url, char out[PROXY_CAP])
{
	const char *text = configured(url);
	char host[PROXY_CAP], port[8];

	out[0] = '\0';
	if (text == NULL)
		return out;
	split(text, host, port);
	if (is_used(e, host, port))
		snprintf(out, PROXY_CAP, "%.*s:%s", PROXY_CAP - 10, host,
		    port);
	return out;
}
