// SPDX-License-Identifier: GPL-2.0
/* Arguments of targets: splitting lines and reading numbers. Pure. */
#include <linux/ctype.h>
#include <linux/device-mapper.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "args.h"

/* Move over one word: unescape it to @to (or nowhere) and return its end. */
static char *word_skip(char *from, char **to)
{
	while (*from && !isspace(*from)) {
		if (*from == '\\' && from[1])
			from++;
		if (to)
			*(*to)++ = *from;
		from++;
	}
	return from;
}

static unsigned int word_count(char *line)
{
	unsigned int n = 0;

	for (line = skip_spaces(line); *line; line = skip_spaces(line)) {
		line = word_skip(line, NULL);
		n++;
	}
	return n;
}

int dm_args_split(char *line, unsigned int *argc, char ***argv)
{
	unsigned int n = word_count(line), i;
	char *next, *to, **words;

	*argc = 0;
	*argv = NULL;
	if (!n)
		return 0;

	words = kvmalloc_array(n, sizeof(*words), GFP_KERNEL | __GFP_NOWARN);
	if (!words)
		return -ENOMEM;

	for (i = 0; i < n; i++) {
		bool more;

		line = skip_spaces(line);
		words[i] = line;
		to = line;
		next = word_skip(line, &to);
		more = *next;
		*to = '\0';
		line = more ? next + 1 : next;
	}
	*argc = n;
	*argv = words;
	return 0;
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
