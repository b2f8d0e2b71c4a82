/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is measured of a device, as text: the format that the kernel's guide
 * gives in admin-guide/device-mapper/dm-ima. Pure.
 */
#ifndef DM_IMA_TEXT_H
#define DM_IMA_TEXT_H

#include <linux/compiler_attributes.h>
#include <linux/types.h>

/* A hash, in bytes: SHA-256. */
#define DM_IMA_HASH_SIZE	32
/* Events of a load are no longer than this ... */
#define DM_IMA_EVENT_MAX	4096
/* ... because of a target's status no more than this is taken, with the end of the string. */
#define DM_IMA_STATUS_MAX	2048
/* Room for the event of a load while it is made up: one target more than fits. */
#define DM_IMA_ROOM	(DM_IMA_EVENT_MAX + 96 + DM_IMA_STATUS_MAX)

/* A text that is made up; what does not fit is cut off. */
struct dm_ima_text {
	char *buf;
	size_t len;		/* without the end of the string */
	size_t room;		/* of @buf, at least 1 */
};

/* Who a device is at present. */
struct dm_ima_who {
	const char *name;
	const char *uuid;	/* empty where it has none */
	unsigned int major, minor, minors;
	u64 sectors;
};

/* A slot of a device, with what the device was called when it was measured. */
struct dm_ima_slot {
	const char *name;
	const char *uuid;
	unsigned int num_targets;
	const u8 *hash;		/* of what was measured; NULL: the slot is empty */
};

/**
 * struct dm_ima_load - how the events of a load are made up
 * @who: the device
 * @num_targets: of the table
 * @place: where a target is: its first sector and its length
 * @status: a target's own text, of which at most @room bytes are taken
 * @event: takes an event; where it returns false, there are no more
 * @context: for the three
 */
struct dm_ima_load {
	struct dm_ima_who who;
	unsigned int num_targets;
	void (*place)(void *context, unsigned int i, u64 *begin, u64 *len);
	void (*status)(void *context, unsigned int i, char *text, unsigned int room);
	bool (*event)(void *context, const char *data, size_t len);
	void *context;
};

/**
 * dm_ima_text_load() - dm_table_load: all targets, in as many events as it takes
 * @text: empty, with DM_IMA_ROOM bytes
 * @load: the load
 */
void dm_ima_text_load(struct dm_ima_text *text, const struct dm_ima_load *load);

/**
 * dm_ima_text_resume() - dm_device_resume
 * @text: empty
 * @who: the device
 * @active: its active table
 */
void dm_ima_text_resume(struct dm_ima_text *text, const struct dm_ima_who *who,
			const struct dm_ima_slot *active);

/**
 * dm_ima_text_clear() - dm_table_clear
 * @text: empty
 * @who: the device
 * @inactive: what was in the slot
 */
void dm_ima_text_clear(struct dm_ima_text *text, const struct dm_ima_who *who,
		       const struct dm_ima_slot *inactive);

/**
 * dm_ima_text_remove() - dm_device_remove
 * @text: empty
 * @who: the device
 * @active: the active slot
 * @inactive: the inactive slot
 * @all: nobody asked for this device in particular
 */
void dm_ima_text_remove(struct dm_ima_text *text, const struct dm_ima_who *who,
			const struct dm_ima_slot *active, const struct dm_ima_slot *inactive,
			bool all);

/**
 * dm_ima_text_rename() - dm_device_rename
 * @text: empty
 * @who: the device, with its new names
 * @was: its active table; only the names of before where it has none
 */
void dm_ima_text_rename(struct dm_ima_text *text, const struct dm_ima_who *who,
			const struct dm_ima_slot *was);

#endif
