// SPDX-License-Identifier: GPL-2.0
/* Arguments of targets: splitting lines and reading numbers. Pure. */
#include <linux/ctype.h>
#include <linux/device-mapper.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "args.h"

struct words {
	char **argv;
	char **few;		/* what the caller gave, and will not have freed */
	unsigned int argc, room;
};

static int words_grow(struct words *w)
{
	unsigned int room = max(w->room * 4, 4U);
	char **argv = kvmalloc_array(room, sizeof(*argv), GFP_KERNEL | __GFP_NOWARN);

	if (!argv)
		return -ENOMEM;
	if (w->argc)
		memcpy(argv, w->argv, w->argc * sizeof(*argv));
	if (w->argv != w->few)
		kvfree(w->argv);
	w->argv = argv;
	w->room = room;
	return 0;
}

/* A character that is neither white space nor a backslash, as nearly all are. */
static bool is_plain(unsigned char c)
{
	return c > ' ' && c < 0x7f && c != '\\';
}

/* Unescape and terminate one word where it stands, and return what is behind it. */
static char *word_cut(char *from)
{
	char *to;
	bool more;

	while (is_plain(*from))
		from++;
	to = from;
	while (*from && !isspace(*from)) {
		if (*from == '\\' && from[1])
			from++;
		*to++ = *from++;
	}
	more = *from;
	*to = '\0';
	return more ? from + 1 : from;
}

int dm_args_split_few(char *line, unsigned int *argc, char ***argv, char **few, unsigned int room)
{
	struct words w = { .argv = few, .few = few, .room = room };

	*argc = 0;
	*argv = NULL;
	for (;;) {
		while (isspace(*line))
			line++;
		if (!*line)
			break;
		if (w.argc == w.room && words_grow(&w)) {
			if (w.argv != few)
				kvfree(w.argv);
			return -ENOMEM;
		}
		w.argv[w.argc++] = line;
		line = word_cut(line);
	}
	if (w.argc) {
		*argc = w.argc;
		*argv = w.argv;
	}
	return 0;
}

int dm_args_split(char *line, unsigned int *argc, char ***argv)
{
	return dm_args_split_few(line, argc, argv, NULL, 0);
}

static int arg_read(const struct dm_arg *arg, struct dm_arg_set *as, unsigned int *value,
		    char **error, bool group)
{
	const char *word = dm_shift_arg(as);
	char rest;

	if (!word || sscanf(word, "%u%c", value, &rest) != 1 ||
	    *value < arg->min || *value > arg->max || (group && as->argc < *value)) {
		*error = arg->error;
		return -EINVAL;
	}
	return 0;
}

int dm_read_arg(const struct dm_arg *arg, struct dm_arg_set *as, unsigned int *value,
		char **error)
{
	return arg_read(arg, as, value, error, false);
}
EXPORT_SYMBOL(dm_read_arg);

int dm_read_arg_group(const struct dm_arg *arg, struct dm_arg_set *as, unsigned int *value,
		      char **error)
{
	return arg_read(arg, as, value, error, true);
}
EXPORT_SYMBOL(dm_read_arg_group);

const char *dm_shift_arg(struct dm_arg_set *as)
{
	if (!as->argc)
		return NULL;
	as->argc--;
	return *as->argv++;
}
EXPORT_SYMBOL(dm_shift_arg);

void dm_consume_args(struct dm_arg_set *as, unsigned int num_args)
{
	if (WARN_ON_ONCE(as->argc < num_args))
		num_args = as->argc;
	as->argc -= num_args;
	as->argv += num_args;
}
EXPORT_SYMBOL(dm_consume_args);
