// SPDX-License-Identifier: GPL-2.0
/*
 * A few calls by hand, in the words of the log: to look at one behaviour, or at
 * one divergence. A line is a verb and assignments; values may be quoted.
 *
 *   create name=a uuid=U-1
 *   load name=a target="0 8 linear 1:0 0" target="8 8 error"
 *   suspend name=a flags=0x2
 *   message name=a sector=0 message="@stats_list"
 *   sysfs dm-0
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oracle.h"

static char *value_end(char *p)
{
	if (*p == '"')
		return strchr(p + 1, '"');
	return p + strcspn(p, " \n");
}

static void probe_target(struct ctl *c, char *v)
{
	unsigned long long start, len;
	char type[64];
	int n = 0;

	if (sscanf(v, "%llu %llu %63s%n", &start, &len, type, &n) != 3)
		die("target: %s", v);
	ctl_target(c, start, len, type, v[n] ? v + n + 1 : "");
}

static void probe_assign(struct ctl *c, const char *key, char *v)
{
	struct dm_ioctl *h = c->h;
	static uint64_t sector;

	if (!strcmp(key, "name"))
		ctl_name(c, v);
	else if (!strcmp(key, "uuid"))
		ctl_uuid(c, v);
	else if (!strcmp(key, "flags"))
		h->flags = strtoul(v, NULL, 0);
	else if (!strcmp(key, "dev"))
		h->dev = strtoull(v, NULL, 0);
	else if (!strcmp(key, "ev"))
		h->event_nr = strtoul(v, NULL, 0);
	else if (!strcmp(key, "size"))
		h->data_size = strtoul(v, NULL, 0);
	else if (!strcmp(key, "start"))
		h->data_start = strtoul(v, NULL, 0);
	else if (!strcmp(key, "count"))
		h->target_count = strtoul(v, NULL, 0);
	else if (!strcmp(key, "version"))
		sscanf(v, "%u.%u.%u", &h->version[0], &h->version[1],
		       &h->version[2]);
	else if (!strcmp(key, "via"))
		c->via = strtoul(v, NULL, 0);
	else if (!strcmp(key, "request"))
		c->request = strtoul(v, NULL, 0);
	else if (!strcmp(key, "string"))
		ctl_string(c, v);
	else if (!strcmp(key, "sector"))
		sector = strtoull(v, NULL, 0);
	else if (!strcmp(key, "message"))
		ctl_message(c, sector, v);
	else if (!strcmp(key, "target"))
		probe_target(c, v);
	else if (!strcmp(key, "async"))
		c->async = true;
	else
		die("unknown key %s", key);
}

static void probe_line(char *line)
{
	char *verb = strsep(&line, " \n"), *p = line;
	struct ctl *c;
	int nr;

	if (!*verb || *verb == '#')
		return;
	log_add("@ ");
	if (!strcmp(verb, "sysfs")) {
		log_add("sysfs %s", p);
		sysfs_report(strsep(&p, " \n"));
		return;
	}
	if (!strcmp(verb, "sh")) {
		log_add("sh %s", p);
		log_flush();
		if (system(p))
			log_add("  = failed\n");
		return;
	}
	if (!strcmp(verb, "signal")) {
		log_add("signal\n");
		workers_signal();
		return;
	}
	nr = ctl_verb_nr(verb);
	if (nr < 0)
		die("unknown verb %s", verb);
	c = ctl_new(nr, 16384);
	while (p && *(p += strspn(p, " \n"))) {
		char *eq = strchr(p, '='), *v, *end;

		if (!eq)
			die("no value: %s", p);
		*eq = 0;
		v = eq + 1;
		end = value_end(v);
		if (*v == '"')
			v++;
		if (end && *end)
			*end++ = 0;
		probe_assign(c, p, v);
		p = end;
	}
	ctl_run(c);
}

int probe_main(int argc, char **argv)
{
	char line[8192];

	if (argc < 3)
		die("probe DISKS [PROGRAM32]");
	arena_init(argc > 3 ? argv[3] : NULL);
	disks_init(argv[2]);
	arena_open_control();
	watch_init();
	workers_init();
	watch_drop();
	while (fgets(line, sizeof(line), stdin)) {
		probe_line(line);
		workers_settle(true);
		watch_report();
		log_flush();
	}
	workers_rescue();
	quiet_remove_all();
	arena_close_control();
	return watch_bad() ? 5 : 0;
}
