// SPDX-License-Identifier: GPL-2.0
/* What is measured of a device, as text, see include/ima_text.h. */
#include <linux/dm-ioctl.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/stringify.h>

#include "ima_text.h"

static __printf(2, 3) void add(struct dm_ima_text *text, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	text->len += vscnprintf(text->buf + text->len, text->room - text->len, fmt, args);
	va_end(args);
}

static void add_string(struct dm_ima_text *text, const char *s)
{
	size_t len = min(strlen(s), text->room - text->len - 1);

	memcpy(text->buf + text->len, s, len);
	text->len += len;
	text->buf[text->len] = '\0';
}

/* The end of the string is for the caller to write. */
static void add_char(struct dm_ima_text *text, char c)
{
	if (text->len < text->room - 1)
		text->buf[text->len++] = c;
}

/* A name or a uuid, so that it can be told where it ends. */
static void add_escaped(struct dm_ima_text *text, const char *s)
{
	for (; *s; s++) {
		if (strchr("\\;=,", *s))
			add_char(text, '\\');
		add_char(text, *s);
	}
	text->buf[text->len] = '\0';
}

static void add_version(struct dm_ima_text *text)
{
	add_string(text, "dm_version=" __stringify(DM_VERSION_MAJOR) "."
		   __stringify(DM_VERSION_MINOR) "." __stringify(DM_VERSION_PATCHLEVEL) ";");
}

static void add_names(struct dm_ima_text *text, const char *prefix, const char *name,
		      const char *uuid)
{
	add_string(text, prefix);
	add_string(text, "name=");
	add_escaped(text, name);
	add_string(text, ",");
	add_string(text, prefix);
	add_string(text, "uuid=");
	add_escaped(text, uuid);
}

/* The names of the slot, the numbers of the device. */
static void add_device(struct dm_ima_text *text, const struct dm_ima_who *who,
		       const struct dm_ima_slot *slot)
{
	add_names(text, "", slot->name, slot->uuid);
	add(text, ",major=%u,minor=%u,minor_count=%u,num_targets=%u;", who->major, who->minor,
	    who->minors, slot->num_targets);
}

static void add_hash(struct dm_ima_text *text, const char *slot, const u8 *hash, char end)
{
	add(text, "%s_table_hash=sha256:%*phN%c", slot, DM_IMA_HASH_SIZE, hash, end);
}

static void add_capacity(struct dm_ima_text *text, const struct dm_ima_who *who)
{
	add(text, "current_device_capacity=%llu;", who->sectors);
}

static void add_target(struct dm_ima_text *text, const struct dm_ima_load *load, unsigned int i)
{
	unsigned int room;
	u64 begin, len;

	load->place(load->context, i, &begin, &len);
	add(text, "target_index=%u,target_begin=%llu,target_len=%llu,", i, begin, len);
	room = min_t(size_t, text->room - text->len, DM_IMA_STATUS_MAX);
	text->buf[text->len] = '\0';
	load->status(load->context, i, text->buf + text->len, room);
	text->len += strnlen(text->buf + text->len, room - 1);
}

void dm_ima_text_load(struct dm_ima_text *text, const struct dm_ima_load *load)
{
	const struct dm_ima_slot slot = {
		.name = load->who.name,
		.uuid = load->who.uuid,
		.num_targets = load->num_targets,
	};
	size_t head, before;
	unsigned int i;

	add_version(text);
	add_device(text, &load->who, &slot);
	head = text->len;
	for (i = 0; i < load->num_targets; i++) {
		before = text->len;
		add_target(text, load, i);
		if (text->len < DM_IMA_EVENT_MAX)
			continue;
		/* it comes first in the next event, behind the same head */
		if (!load->event(load->context, text->buf, before))
			return;
		text->len -= before;
		memmove(text->buf + head, text->buf + before, text->len);
		text->len += head;
	}
	load->event(load->context, text->buf, text->len);
}

void dm_ima_text_resume(struct dm_ima_text *text, const struct dm_ima_who *who,
			const struct dm_ima_slot *active)
{
	add_version(text);
	add_device(text, who, active);
	add_hash(text, "active", active->hash, ';');
	add_capacity(text, who);
}

void dm_ima_text_clear(struct dm_ima_text *text, const struct dm_ima_who *who,
		       const struct dm_ima_slot *inactive)
{
	add_version(text);
	if (inactive->hash) {
		add_device(text, who, inactive);
		add_hash(text, "inactive", inactive->hash, ';');
	} else {
		add_names(text, "", who->name, who->uuid);
		add_string(text, ";table_clear=no_data;");
	}
	add_capacity(text, who);
}

void dm_ima_text_remove(struct dm_ima_text *text, const struct dm_ima_who *who,
			const struct dm_ima_slot *active, const struct dm_ima_slot *inactive,
			bool all)
{
	add_version(text);
	if (active->hash) {
		add_string(text, "device_active_metadata=");
		add_device(text, who, active);
	}
	if (inactive->hash) {
		add_string(text, "device_inactive_metadata=");
		add_device(text, who, inactive);
	}
	if (active->hash)
		add_hash(text, "active", active->hash, ',');
	if (inactive->hash)
		add_hash(text, "inactive", inactive->hash, ',');
	add(text, "remove_all=%c;", all ? 'y' : 'n');
	add_capacity(text, who);
}

void dm_ima_text_rename(struct dm_ima_text *text, const struct dm_ima_who *who,
			const struct dm_ima_slot *was)
{
	add_version(text);
	add_device(text, who, was);
	add_names(text, "new_", who->name, who->uuid);
	add_string(text, ";");
	add_capacity(text, who);
}
