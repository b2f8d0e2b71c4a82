/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's uevents of dm block devices, queued until a script asks for them.
 */
#ifndef DMRAW_UEVENT_H
#define DMRAW_UEVENT_H

#include <linux/netlink.h>
#include <poll.h>
#include <sys/socket.h>
#include "lex.h"

static int uevent_fd = -1;

static void uevent_start(void)
{
	struct sockaddr_nl a = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int room = 8 << 20;

	if (uevent_fd >= 0)
		close(uevent_fd);
	uevent_fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
	if (uevent_fd < 0 || bind(uevent_fd, (void *)&a, sizeof(a)))
		die("uevent socket: %m");
	setsockopt(uevent_fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
}

/* The value of KEY in a message (strings one behind another), or NULL. */
static const char *uevent_value(const char *msg, size_t len, const char *key)
{
	size_t k = strlen(key);

	for (size_t at = 0; at < len; at += strlen(msg + at) + 1)
		if (!strncmp(msg + at, key, k) && msg[at + k] == '=')
			return msg + at + k + 1;
	return NULL;
}

/* Next message of a whole dm disk into @msg; 0 if none comes within @ms. */
static size_t uevent_next(char *msg, size_t room, int ms)
{
	struct pollfd p = { .fd = uevent_fd, .events = POLLIN };

	while (poll(&p, 1, ms) > 0) {
		ssize_t n = recv(uevent_fd, msg, room - 1, 0);
		const char *v, *sub;

		if (n <= 0)
			die("uevent socket: %m");
		msg[n] = 0;
		v = uevent_value(msg, n, "DEVNAME");
		sub = uevent_value(msg, n, "SUBSYSTEM");
		if (v && sub && !strncmp(v, "dm-", 3) && !strcmp(sub, "block"))
			return n;
	}
	return 0;
}

/*
 * "ACTION KEY=VALUE ...": the next message has just these; "KEY=" alone means
 * that the key is not there. Writes what came to @got.
 */
static bool uevent_expect(const struct word *w, int n, char *got, size_t room)
{
	static const char * const shown[] = {
		"ACTION", "DEVNAME", "DM_NAME", "DM_UUID", "DM_COOKIE", "RESIZE", "DISK_RO",
	};
	char msg[8192];
	size_t len = uevent_next(msg, sizeof(msg), w->val[0] == '-' ? 50 : 10000), at = 0;
	bool good = len;

	snprintf(got, room, "none");
	if (!len)
		return w->val[0] == '-';
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		const char *v = uevent_value(msg, len, shown[i]);

		if (v)
			at += snprintf(got + at, room - at, "%s=%s ", shown[i], v);
	}
	if (!uevent_value(msg, len, "ACTION") || strcmp(uevent_value(msg, len, "ACTION"), w->val))
		return false;
	for (int i = 1; i < n; i++) {
		char key[64];
		const char *eq = strchr(w[i].val, '='), *v;

		if (!eq || eq - w[i].val >= (int)sizeof(key))
			die("bad uevent word '%s'", w[i].val);
		memcpy(key, w[i].val, eq - w[i].val);
		key[eq - w[i].val] = 0;
		v = uevent_value(msg, len, key);
		if (eq[1] ? !v || strcmp(v, eq + 1) : !!v)
			good = false;
	}
	return good;
}

#endif
