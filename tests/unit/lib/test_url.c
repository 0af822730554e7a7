/* Addresses: their parts, and whose they are. */

#include "tap.h"
#include "url.h"

static const struct {
	const char *url;
	int port;		/* -1: it is no address */
	int is_loopback;
} urls[] = {
	{ "http://127.0.0.1:1234", 1234, 1 }, { "https://localhost", 443, 1 },
	{ "http://LocalHost.:80/x", 80, 1 }, { "http://127.9.9.9", 80, 1 },
	{ "http://[::1]:8080/", 8080, 1 }, { "https://[::1]", 443, 1 },
	{ "http://[::ffff:127.0.0.1]:1", 1, 1 },
	{ "http://[2001:db8::1]:5", 5, 0 }, { "http://vm:0", 0, 0 },
	{ "http://127.example.org", 80, 0 },
	{ "http://127.0.0.1.nip.io", 80, 0 },
	{ "http://localhost.example.org:9", 9, 0 },
	{ "http://localhost2", 80, 0 }, { "http://0.0.0.0:7", 7, 1 },
	{ "http://[::]:7", 7, 1 }, { "http://0.0.0.1", 80, 0 },
	{ "http://vm:65536", -1, 0 }, { "http://vm:", -1, 0 },
	{ "http://localhost:x", -1, 0 }, { "http://[::1", -1, 0 },
	{ "http://[::1]x", -1, 0 }, { "http://", -1, 0 },
	{ "http://me@localhost", -1, 0 }, { "ftp://localhost", -1, 0 },
	{ "http://localhost#x", -1, 0 }, { "http://local host", -1, 0 },
	{ "", -1, 0 },
};

static const struct {
	const char *hostname, *host;
	int is_it;
} hosts[] = {
	{ "vm", "vm", 1 }, { "vm", "VM", 1 }, { "vm", "vm.", 1 },
	{ "vm", "vm.local", 1 }, { "vm", "vm2", 0 }, { "vm", "vm-studio", 0 },
	{ "vm", "v", 0 }, { "vm", "vm.example.org", 0 },
	{ "vm", "localhost.example.org", 0 }, { "vm", "localhost", 1 },
	{ "vm", "127.0.0.1", 1 }, { "vm", "0.0.0.0", 1 }, { "vm", "[::]", 1 },
	{ "vm", "[::1]", 1 }, { "vm", "10.0.0.1", 0 },
	{ "vm.example.org", "vm.example.org", 1 },
	{ "vm.example.org", "vm", 1 }, { "vm.example.org", "vm.local", 1 },
	{ "vm.example.org", "vm.example.org.uk", 0 },
	{ "vm.example.org", "vm.example.net", 0 },
	{ "Mac-mini.local", "mac-mini.local", 1 },
	{ "Mac-mini.local", "mac-mini-2.local", 0 },
	{ "Mac-mini.local", "mac-mini", 1 }, { "", "vm", 0 },
	{ "", "localhost", 1 }
};

int
main(void)
{
	char url[128];

	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		ok(url_port(urls[i].url) == urls[i].port &&
		    (url_problem(urls[i].url) == NULL) == (urls[i].port >= 0),
		    "the port of '%s'", urls[i].url);
		ok(url_is_loopback(urls[i].url) == urls[i].is_loopback,
		    "'%s' is %sloopback", urls[i].url,
		    urls[i].is_loopback ? "" : "not ");
	}
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		snprintf(url, sizeof(url), "http://%s:1234/x", hosts[i].host);
		ok(url_is_host(url, hosts[i].hostname) == hosts[i].is_it,
		    "on '%s', %s is %s machine", hosts[i].hostname,
		    hosts[i].host, hosts[i].is_it ? "this" : "another");
	}
	is_text(url_path("http://h:1/a/b"), "/a/b", "the path");
	is_text(url_path("http://h"), "", "no path");
	return tap_done();
}
