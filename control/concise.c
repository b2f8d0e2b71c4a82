// SPDX-License-Identifier: GPL-2.0
/* Reading the concise format, see include/concise.h. Pure. */
#include <linux/ctype.h>
#include <linux/device-mapper.h>
#include <linux/kdev_t.h>
#include <linux/kernel.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "concise.h"

/* The fields before the table. */
enum { NAME, UUID, MINOR_NR, FLAGS, HEAD_FIELDS };

static bool is_end(char c)
{
	return !c || c == ',' || c == ';';
}

/* How many fields does the device have that begins here? */
static unsigned int fields_count(const char *at)
{
	unsigned int fields = 1;

	for (; *at && *at != ';'; at++) {
		if (*at == ',')
			fields++;
		else if (*at == '\\' && at[1])
			at++;
	}
	return fields;
}

/*
 * Unescape and terminate one field where it stands. Moves @at behind what ended it,
 * which is returned in @end. Return the field, or NULL where the last character is a
 * backslash.
 */
static char *field_cut(char **at, char *end)
{
	char *from = skip_spaces(*at), *field = from, *to = from, *last = from;

	while (!is_end(*from)) {
		bool escaped = *from == '\\';

		if (escaped && !*++from)
			return NULL;
		*to++ = *from;
		/* behind it is only space, as far as one can see */
		if (escaped || !isspace(*from))
			last = to;
		from++;
	}
	*end = *from;
	*at = from + !!*from;
	*last = '\0';
	return field;
}

/* The next word of a line, terminated; NULL at the end. */
static char *word_cut(char **line)
{
	char *word = skip_spaces(*line), *at = word;

	if (!*word)
		return NULL;
	while (*at && !isspace(*at))
		at++;
	*line = at + !!*at;
	*at = '\0';
	return word;
}

/* One line of a table. Return what is wrong with it, or NULL. */
static const char *line_read(char *line, struct dm_spec *spec)
{
	char *word = word_cut(&line);

	if (!word)
		return "the line is empty";
	if (kstrtou64(word, 10, &spec->start))
		return "the start is not a number of sectors";
	word = word_cut(&line);
	if (!word || kstrtou64(word, 10, &spec->len))
		return "the length is not a number of sectors";
	word = word_cut(&line);
	if (!word)
		return "there is no target type";
	if (strscpy(spec->type, word, DM_MAX_TYPE_NAME) < 0)
		return "the name of the target type is too long";
	spec->params = skip_spaces(line);
	return NULL;
}

/* One of the fields before the table. Return what is wrong with it, or NULL. */
static const char *head_read(struct dm_concise *dev, unsigned int nr, char *field)
{
	unsigned int minor;

	switch (nr) {
	case NAME:
		if (!*field)
			return "it has no name";
		if (strlen(field) >= DM_NAME_LEN)
			return "its name is too long";
		dev->name = field;
		break;
	case UUID:
		if (strlen(field) >= DM_UUID_LEN)
			return "its uuid is too long";
		dev->uuid = *field ? field : NULL;
		break;
	case MINOR_NR:
		if (!*field)
			break;
		if (kstrtouint(field, 10, &minor) || minor > MINORMASK)
			return "its minor is not the number of one";
		dev->minor = minor;
		break;
	case FLAGS:
		dev->readonly = !strcmp(field, "ro");
		if (*field && !dev->readonly && strcmp(field, "rw"))
			return "its flags are neither \"ro\" nor \"rw\"";
		break;
	}
	return NULL;
}

/* All fields of a device. On failure all of @fault is filled in but the device's number. */
static int device_read(struct dm_concise *dev, char **at, struct dm_concise_fault *fault)
{
	unsigned int nr = 0;
	char *field, end;

	do {
		field = field_cut(at, &end);
		if (!field)
			fault->what = "nothing follows the last backslash";
		else if (nr < HEAD_FIELDS)
			fault->what = head_read(dev, nr, field);
		else
			fault->what = line_read(field, &dev->specs[dev->num_specs++]);
		nr++;
	} while (!fault->what && end == ',');

	if (!fault->what && nr <= HEAD_FIELDS)
		fault->what = "it has no table";
	if (!fault->what)
		return 0;
	fault->name = dev->name;
	fault->line = nr > HEAD_FIELDS ? nr - HEAD_FIELDS : 0;
	return -EINVAL;
}

static struct dm_concise *device_alloc(unsigned int fields)
{
	unsigned int specs = fields > HEAD_FIELDS ? fields - HEAD_FIELDS : 0;
	struct dm_concise *dev = kvzalloc(struct_size(dev, specs, specs), GFP_KERNEL);

	if (dev)
		dev->minor = DM_ANY_MINOR;
	return dev;
}

int dm_concise_parse(char *text, struct list_head *devices, struct dm_concise_fault *fault)
{
	struct dm_concise *dev;
	unsigned int nr = 0;
	int r;

	memset(fault, 0, sizeof(*fault));
	for (;;) {
		text = skip_spaces(text);
		if (!*text)
			return 0;
		fault->nr = ++nr;
		dev = device_alloc(fields_count(text));
		if (!dev) {
			fault->what = "there is no memory for it";
			r = -ENOMEM;
			break;
		}
		dev->nr = nr;
		list_add_tail(&dev->list, devices);
		r = device_read(dev, &text, fault);
		if (r)
			break;
	}
	dm_concise_free(devices);
	return r;
}

void dm_concise_free(struct list_head *devices)
{
	struct dm_concise *dev, *next;

	list_for_each_entry_safe(dev, next, devices, list)
		kvfree(dev);
	INIT_LIST_HEAD(devices);
}
