#include "url.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <ctype.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "number.h"

enum { HOST_CAP = 256 };

/* Behind the scheme, or NULL. */
static const char *
host_of(const char *text)
{
	return strncmp(text, "http://", 7) == 0 ? text + 7 :
	    strncmp(text, "https://", 8) == 0 ? text + 8 : NULL;
}

/* Behind the host: its port or what follows. */
static const char *
end_of_host(const char *host)
{
	const char *p = host;

	if (*p == '[')
		p += strcspn(p, "]/?#");
	return p + strcspn(p, ":/?#");
}

/* ":PORT" or nothing at s, up to end.  Returns the port, absent without one,
 * -1 when it is none. */
static int
port_at(const char *s, const char *end, int absent)
{
	char digits[8];
	int64_t port;

	if (s == end)
		return absent;
	if (*s != ':' || end - s < 2 || end - s > 6)
		return -1;
	memcpy(digits, s + 1, (size_t)(end - s) - 1);
	digits[end - s - 1] = '\0';
	return number_int(digits, 0, 65535, &port) == 0 ? (int)port : -1;
}

const char *
url_path(const char *text)
{
	const char *host = host_of(text);

	return host == NULL ? "" : host + strcspn(host, "/?#");
}

const char *
url_problem(const char *text)
{
	const char *host = host_of(text), *path = url_path(text), *p;

	if (host == NULL)
		return "an address that begins with http:// or https://, as "
		    "in http://127.0.0.1:1234";
	for (p = text; *p != '\0'; p++)
		if (!isgraph((unsigned char)*p) || strchr("\"<>\\^`{}|", *p))
			return "an address without spaces or quotes";
	if (memchr(host, '@', (size_t)(path - host)) != NULL)
		return "an address without a user or password (tokens go "
		    "into the variable that token_env names)";
	if (strpbrk(path, "?#") != NULL)
		return "an address without ? or #";
	p = end_of_host(host);
	if (p == host || (*host == '[' && p[-1] != ']') ||
	    port_at(p, path, 0) == -1)
		return "a host and a port from 1 to 65535, as in "
		    "http://127.0.0.1:1234";
	return NULL;
}

int
url_port(const char *text)
{
	if (url_problem(text) != NULL)
		return -1;
	return port_at(end_of_host(host_of(text)), url_path(text),
	    strncmp(text, "https:", 6) == 0 ? 443 : 80);
}

/* The host without brackets and without the dot of a whole name; "" when text
 * is no address. */
static const char *
take_host(char out[HOST_CAP], const char *text)
{
	const char *host, *end;

	out[0] = '\0';
	if (url_problem(text) != NULL)
		return out;
	host = host_of(text);
	end = end_of_host(host);
	if (*host == '[')
		host++, end--;
	if (end > host && end[-1] == '.')
		end--;
	if (end - host < HOST_CAP)
		snprintf(out, HOST_CAP, "%.*s", (int)(end - host), host);
	return out;
}

/* 127.example.org is a name like any other. */
static bool
is_own_address(const char *host)
{
	struct in6_addr v6;
	struct in_addr v4;

	/* As libcurl and the resolver do: 127.1 is 127.0.0.1.  Who asks the
	 * address that stands for all is answered by this machine, too. */
	v4.s_addr = inet_addr(host);
	if (v4.s_addr != INADDR_NONE)
		return ntohl(v4.s_addr) >> 24 == 127 ||
		    v4.s_addr == INADDR_ANY;
	if (inet_pton(AF_INET6, host, &v6) == 1)
		return IN6_IS_ADDR_LOOPBACK(&v6) ||
		    (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == 127) ||
		    IN6_IS_ADDR_UNSPECIFIED(&v6);
	return false;
}

bool
url_is_loopback(const char *text)
{
	char host[HOST_CAP];

	take_host(host, text);
	return strcasecmp(host, "localhost") == 0 || is_own_address(host);
}

bool
url_is_host(const char *text, const char *hostname)
{
	size_t len = strlen(hostname), label = strcspn(hostname, ".");
	char host[HOST_CAP];

	take_host(host, text);
	if (url_is_loopback(text))
		return true;
	if (label == 0 || strncasecmp(host, hostname, label) != 0)
		return false;
	return host[label] == '\0' || strcasecmp(host + label, ".local") == 0 ||
	    (strlen(host) == len && strcasecmp(host, hostname) == 0);
}
