// SPDX-License-Identifier: GPL-2.0
/* What the kernel says beside the result: its log, uevents, sysfs. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/netlink.h>

#include "oracle.h"

static int kmsg = -1, netlink = -1;
static bool bad;

/* Any of these in the kernel log means that a core has broken something. */
static const char *const alarms[] = {
	"WARNING:", "BUG:", "BUG ", "Oops", "general protection", "KASAN",
	"UBSAN", "INFO: task", "INFO: rcu", "rcu: INFO", "refcount_t",
	"leaked", "possible recursive locking", "circular locking",
	"bad unlock balance", "suspicious RCU", "Call Trace",
};

void watch_init(void)
{
	struct sockaddr_nl sa = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int size = 4 << 20;

	kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (kmsg < 0)
		die("/dev/kmsg: %s", strerror(errno));
	lseek(kmsg, 0, SEEK_END);
	netlink = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			 NETLINK_KOBJECT_UEVENT);
	if (netlink < 0)
		die("netlink: %s", strerror(errno));
	setsockopt(netlink, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (bind(netlink, (struct sockaddr *)&sa, sizeof(sa)))
		die("netlink: %s", strerror(errno));
}

static void kmsg_line(char *line)
{
	char *s = strchr(line, ';');
	unsigned int i;

	if (!s)
		return;
	*s++ = 0;
	s[strcspn(s, "\n")] = 0;
	for (i = 0; i < ARRAY_SIZE(alarms); i++) {
		if (strstr(s, alarms[i]) && !strstr(s, "device-mapper:")) {
			fprintf(stderr, "kernel log: %s\n", s);
			log_add("  KERNEL ");
			log_quote(s, 400);
			log_add("\n");
			bad = true;
			return;
		}
	}
	if (strncmp(s, "device-mapper:", 14) || strstr(s, "callbacks suppressed"))
		return;
	log_add("  k <%d> ", atoi(line) & 7);
	log_quote(s, 2000);
	log_add("\n");
}

static void kmsg_report(void)
{
	char buf[8192];
	ssize_t n;

	for (;;) {
		n = read(kmsg, buf, sizeof(buf) - 1);
		if (n < 0 && errno == EPIPE)
			continue;
		if (n <= 0)
			return;
		buf[n] = 0;
		kmsg_line(buf);
	}
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/*
 * The sequence numbers of events and of disks go on from boot to boot and from
 * one core to the next, so they are left out.
 */
static void uevent_line(struct text *t, char *msg, size_t len)
{
	char *keys[64];
	size_t at = strlen(msg) + 1;
	unsigned int n = 0, i;

	if (!strstr(msg, "/block/") && !strstr(msg, "/bdi/") &&
	    !strstr(msg, "dm_mod") && !strstr(msg, "device-mapper"))
		return;
	for (; at < len && n < ARRAY_SIZE(keys); at += strlen(msg + at) + 1)
		keys[n++] = msg + at;
	qsort(keys, n, sizeof(keys[0]), by_text);
	text_add(t, "  u ");
	text_quote(t, msg, len);
	for (i = 0; i < n; i++) {
		if (!strncmp(keys[i], "SEQNUM=", 7) ||
		    !strncmp(keys[i], "ACTION=", 7) ||
		    !strncmp(keys[i], "DEVPATH=", 8))
			continue;
		text_add(t, " ");
		if (!strncmp(keys[i], "DISKSEQ=", 8))
			text_add(t, "DISKSEQ");
		else
			text_quote(t, keys[i], len);
	}
}

/* Removals in the background mix with the call's own: sorted, not as they came. */
static void uevent_report(void)
{
	static char buf[16384];
	static struct text lines[64];
	char *sorted[ARRAY_SIZE(lines)];
	unsigned int n = 0, i;
	ssize_t len;

	while (n < ARRAY_SIZE(lines)) {
		len = recv(netlink, buf, sizeof(buf) - 1, 0);
		if (len <= 0)
			break;
		buf[len] = 0;
		text_reset(&lines[n]);
		uevent_line(&lines[n], buf, len);
		if (lines[n].len)
			n++;
	}
	for (i = 0; i < n; i++)
		sorted[i] = lines[i].s;
	qsort(sorted, n, sizeof(sorted[0]), by_text);
	for (i = 0; i < n; i++)
		log_add("%s\n", sorted[i]);
}

void watch_report(void)
{
	kmsg_report();
	uevent_report();
}

/* Forget what was said so far: it belongs to nobody's call. */
void watch_drop(void)
{
	char buf[8192];

	while (read(kmsg, buf, sizeof(buf)) > 0 || errno == EPIPE)
		;
	while (recv(netlink, buf, sizeof(buf), 0) > 0)
		;
}

bool watch_bad(void)
{
	return bad;
}

/*
 * Attributes that hold times or numbers nobody can foresee. A bdi's shares of
 * memory in bytes are those of what is free just now; max_ratio says the same.
 */
static bool attr_left_out(const char *name)
{
	static const char *const names[] = { "power", "diskseq", "trace",
		"subsystem", "max_bytes", "min_bytes" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

/* Of I/O statistics the times go, fields 4, 8, 10, 11, 15 and 17. */
static void stat_report(char *s)
{
	unsigned int field = 0;
	char *word;

	while ((word = strtok(s, " \n"))) {
		s = NULL;
		field++;
		if (field == 4 || field == 8 || field == 10 || field == 11 ||
		    field == 15 || field == 17)
			log_add(" T");
		else
			log_add(" %s", word);
	}
	log_add("\n");
}

static void attr_report(const char *path, const char *shown)
{
	static char buf[65536];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *p;
	ssize_t n;

	if (fd < 0) {
		log_add("  s %s: cannot open: %s\n", shown, err_name(errno));
		return;
	}
	n = read(fd, buf, sizeof(buf) - 1);
	if (n < 0) {
		log_add("  s %s: %s\n", shown, err_name(errno));
		close(fd);
		return;
	}
	close(fd);
	buf[n] = 0;
	p = strstr(buf, "DISKSEQ=");
	if (p)
		memmove(p + 8, p + 8 + strspn(p + 8, "0123456789"),
			strlen(p + 8 + strspn(p + 8, "0123456789")) + 1);
	log_add("  s %s=", shown);
	if (!strcmp(shown, "stat")) {
		stat_report(buf);
		return;
	}
	log_quote(buf, sizeof(buf));
	log_add("\n");
}

void dir_report(const char *path, const char *shown)
{
	struct dirent **list;
	int n = scandir(path, &list, NULL, alphasort), i;

	if (n < 0) {
		log_add("  s %s/: %s\n", shown, err_name(errno));
		return;
	}
	for (i = 0; i < n; free(list[i++])) {
		char sub[512], name[512], target[512];
		struct stat st;
		ssize_t len;

		if (list[i]->d_name[0] == '.' || attr_left_out(list[i]->d_name))
			continue;
		snprintf(sub, sizeof(sub), "%s/%s", path, list[i]->d_name);
		snprintf(name, sizeof(name), "%s%s%s", shown, *shown ? "/" : "",
			 list[i]->d_name);
		if (lstat(sub, &st))
			continue;
		if (S_ISLNK(st.st_mode)) {
			len = readlink(sub, target, sizeof(target) - 1);
			target[len > 0 ? len : 0] = 0;
			log_add("  s %s -> %s\n", name, target);
		} else if (S_ISDIR(st.st_mode)) {
			log_add("  s %s/\n", name);
			dir_report(sub, name);
		} else if (!(st.st_mode & 0444)) {
			log_add("  s %s mode %o\n", name, st.st_mode & 07777);
		} else {
			attr_report(sub, name);
		}
	}
	free(list);
}

/* Everything under /sys/block/@disk. */
void sysfs_report(const char *disk)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/block/%s", disk);
	dir_report(path, "");
	snprintf(path, sizeof(path), "/sys/block/%s/bdi", disk);
	dir_report(path, "bdi:");
}

void sysfs_set(const char *disk, const char *attr, const char *value)
{
	char path[256];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/sys/block/%s/%s", disk, attr);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0) {
		log_add("  = cannot open: %s\n", err_name(errno));
		return;
	}
	n = write(fd, value, strlen(value));
	log_add("  = %zd %s\n", n, err_name(n < 0 ? errno : 0));
	close(fd);
}
