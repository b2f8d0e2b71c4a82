// SPDX-License-Identifier: GPL-2.0
/* The @stats_* messages: their words, and the form of their answers. */
#include <linux/blkdev.h>
#include <linux/device-mapper.h>
#include <linux/math64.h>
#include <linux/seq_buf.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "device.h"
#include "stats.h"

#define DM_MSG_PREFIX "stats"

/* Room for the id of a region with its end, and one byte that stays free */
#define ID_ROOM 12

/* What a message works on. */
struct message {
	struct mapped_device *md;
	unsigned int argc;
	char **argv;
	struct seq_buf out;
};

/* --- words --- */

/*
 * Numbers are decimal and stand alone. Those too large lose their upper bits,
 * as they do in the stock module.
 */
static bool word_u64(const char *word, u64 *value)
{
	char rest;

	return sscanf(word, "%llu%c", value, &rest) == 1;
}

static bool word_size(const char *word, size_t *value)
{
	char rest;

	return sscanf(word, "%zu%c", value, &rest) == 1;
}

static bool word_uint(const char *word, unsigned int *value)
{
	char rest;

	return sscanf(word, "%u%c", value, &rest) == 1;
}

static bool word_id(const char *word, int *id)
{
	char rest;

	return sscanf(word, "%d%c", id, &rest) == 1 && *id >= 0;
}

/* "-" or "<start>+<length>" */
static bool word_range(const char *word, struct mapped_device *md, struct dm_stats_spec *spec)
{
	u64 start = 0, len;
	char rest;

	if (!strcmp(word, "-"))
		/* a region has a sector, even where the device has none yet */
		len = get_capacity(md->disk) ?: 1;
	else if (sscanf(word, "%llu+%llu%c", &start, &len, &rest) != 2)
		return false;
	if (start + len <= start)
		return false;
	spec->start = start;
	spec->end = start + len;
	return true;
}

/* "<sectors>" or "/<number of areas>" */
static bool word_step(const char *word, struct dm_stats_spec *spec)
{
	u64 value;
	bool areas = *word == '/';

	if (!word_u64(word + areas, &value) || !value)
		return false;
	spec->step = areas ? div64_u64(spec->end - spec->start - 1, value) + 1 : value;
	return true;
}

/* "<n>,<n>...", which ascend from more than zero. Return 0 or a negative errno. */
static int word_bounds(const char *word, struct dm_stats_spec *spec)
{
	unsigned int count = 1, i;
	const char *s;
	u64 last = 0;
	char rest;
	int got;

	if (spec->bounds)
		return -EINVAL;
	for (s = word; *s; s++)
		count += *s == ',';
	spec->bounds = kvmalloc_array(count, sizeof(*spec->bounds), GFP_KERNEL);
	if (!spec->bounds)
		return -ENOMEM;
	for (i = 0, s = word; i < count; i++) {
		got = sscanf(s, "%llu%c", &spec->bounds[i], &rest);
		if (got != (i == count - 1 ? 1 : 2) || (got == 2 && rest != ',') ||
		    spec->bounds[i] <= last)
			return -EINVAL;
		last = spec->bounds[i];
		s = strchrnul(s, ',') + 1;
	}
	spec->num_bounds = count;
	return 0;
}

static int word_option(const char *word, struct dm_stats_spec *spec)
{
	static const char histogram[] = "histogram:";

	if (!strcasecmp(word, "precise_timestamps")) {
		spec->precise = true;
		return 0;
	}
	if (!strncasecmp(word, histogram, sizeof(histogram) - 1))
		return word_bounds(word + sizeof(histogram) - 1, spec);
	return -EINVAL;
}

/* --- messages --- */

/* @stats_create <range> <step> [<n> <option>...] [<program> [<aux>]] */
static int create_parse(struct message *m, struct dm_stats_spec *spec)
{
	unsigned int at = 3, options;
	int err;

	if (!word_range(m->argv[1], m->md, spec) || !word_step(m->argv[2], spec))
		return -EINVAL;
	if (at < m->argc && word_uint(m->argv[at], &options)) {
		at++;
		if (options > m->argc - at)
			return -EINVAL;
		while (options--) {
			err = word_option(m->argv[at++], spec);
			if (err)
				return err;
		}
	}
	spec->program = at < m->argc ? m->argv[at++] : "-";
	spec->aux = at < m->argc ? m->argv[at++] : "-";
	return at == m->argc ? 0 : -EINVAL;
}

static int message_create(struct message *m)
{
	struct dm_stats_spec spec = { };
	int r;

	r = create_parse(m, &spec);
	if (!r && m->out.size >= ID_ROOM) {
		r = dm_stats_create(&m->md->stats, &spec);
		if (r >= 0)
			seq_buf_printf(&m->out, "%d", r);
	} else if (!r) {
		/* nothing is created whose id cannot be told */
		memset(m->out.buffer, ' ', m->out.size);
	}
	kvfree(spec.bounds);
	return r < 0 ? r : 1;
}

/* @stats_delete <id> */
static int message_delete(struct message *m)
{
	int id;

	return word_id(m->argv[1], &id) ? dm_stats_delete(&m->md->stats, id) : -EINVAL;
}

/* @stats_clear <id> */
static int message_clear(struct message *m)
{
	int id;

	return word_id(m->argv[1], &id) ? dm_stats_clear(&m->md->stats, id) : -EINVAL;
}

/* @stats_list [<program>] */
static int message_list(struct message *m)
{
	dm_stats_list(&m->md->stats, m->argc > 1 ? m->argv[1] : NULL, &m->out);
	return 1;
}

static int print(struct message *m, bool clear)
{
	size_t first = 0, count = SIZE_MAX;
	int id, r;

	if (!word_id(m->argv[1], &id))
		return -EINVAL;
	if (m->argc > 2 &&
	    (m->argc < 4 || !word_size(m->argv[2], &first) || !word_size(m->argv[3], &count)))
		return -EINVAL;
	r = dm_stats_print(&m->md->stats, id, first, count, clear, &m->out);
	return r ?: 1;
}

/* @stats_print <id> [<first line> <lines>] */
static int message_print(struct message *m)
{
	return print(m, false);
}

/* @stats_print_clear <id> [<first line> <lines>] */
static int message_print_clear(struct message *m)
{
	return print(m, true);
}

/* @stats_set_aux <id> <aux> */
static int message_set_aux(struct message *m)
{
	int id;

	if (!word_id(m->argv[1], &id))
		return -EINVAL;
	return dm_stats_set_aux(&m->md->stats, id, m->argv[2]);
}

static const struct {
	const char *name;
	unsigned int argc_min;
	unsigned int argc_max;
	bool answers;
	int (*fn)(struct message *m);
} messages[] = {
	{ "@stats_create", 3, UINT_MAX, true, message_create },
	{ "@stats_delete", 2, 2, false, message_delete },
	{ "@stats_clear", 2, 2, false, message_clear },
	{ "@stats_list", 1, 2, true, message_list },
	{ "@stats_print", 2, 4, true, message_print },
	{ "@stats_print_clear", 2, 4, true, message_print_clear },
	{ "@stats_set_aux", 3, 3, false, message_set_aux },
};

int dm_stats_message(struct mapped_device *md, unsigned int argc, char **argv, char *result,
		     unsigned int maxlen)
{
	struct message m = { .md = md, .argc = argc, .argv = argv };
	unsigned int i;
	int r = -EINVAL;

	for (i = 0; i < ARRAY_SIZE(messages); i++) {
		if (!strcasecmp(argv[0], messages[i].name))
			break;
	}
	if (i == ARRAY_SIZE(messages))
		return -ENOIOCTLCMD;

	if (argc >= messages[i].argc_min && argc <= messages[i].argc_max) {
		if (messages[i].answers && !maxlen)
			return 1;
		seq_buf_init(&m.out, result, maxlen);
		r = messages[i].fn(&m);
	}
	if (r == -EINVAL)
		DMCRIT("Invalid parameters for message %s", argv[0]);
	return r;
}
