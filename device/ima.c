// SPDX-License-Identifier: GPL-2.0
/* Measurements for IMA, see include/ima.h. */
#include <crypto/hash.h>
#include <linux/blkdev.h>
#include <linux/device-mapper.h>
#include <linux/ima.h>
#include <linux/kdev_t.h>
#include <linux/slab.h>

#include "device.h"
#include "ima.h"
#include "ima_text.h"
#include "index.h"
#include "table.h"

#define DM_MSG_PREFIX "core"

/* What is kept of a table that was measured: its hash, and what the device was called. */
struct dm_ima_record {
	u8 hash[DM_IMA_HASH_SIZE];
	u16 uuid_at;		/* in @names */
	char names[];		/* name and uuid, each with its end */
};

/* A copy of it, while an event is made up. */
struct copy {
	u8 hash[DM_IMA_HASH_SIZE];
	char name[DM_NAME_LEN];
	char uuid[DM_UUID_LEN];
};

/* An event while it is made up. */
struct event {
	char name[DM_NAME_LEN];
	char uuid[DM_UUID_LEN];
	struct dm_ima_who who;
	struct copy active, inactive;
	struct dm_ima_text text;
	char buf[DM_IMA_ROOM];
};

void dm_ima_announce(void)
{
	if (!IS_ENABLED(CONFIG_IMA_DISABLE_HTABLE))
		DMINFO("CONFIG_IMA_DISABLE_HTABLE is disabled. Duplicate IMA measurements will not be recorded in the IMA log.");
}

/*
 * Mostly there is one at a time, which nobody wants in the end: pages for it, and
 * clearing them, would be most of what it costs.
 */
static struct event spare;
static unsigned long spare_taken;

static struct event *event_alloc(void)
{
	return test_and_set_bit_lock(0, &spare_taken) ? kmalloc(sizeof(spare), GFP_KERNEL) :
							&spare;
}

static void event_free(struct event *e)
{
	if (e == &spare)
		clear_bit_unlock(0, &spare_taken);
	else
		kfree(e);
}

static void event_restart(struct event *e)
{
	e->text = (struct dm_ima_text) { .buf = e->buf, .room = sizeof(e->buf) };
}

/* An event of a device, empty; or NULL with a line in the log. */
static struct event *event_start(struct mapped_device *md)
{
	struct event *e = event_alloc();
	dev_t dev = disk_devt(md->disk);

	if (!e) {
		DMERR("%s: no memory for what IMA is to measure", dm_device_name(md));
		return NULL;
	}
	e->who = (struct dm_ima_who) {
		.name = e->name,
		.uuid = e->uuid,
		.major = MAJOR(dev),
		.minor = MINOR(dev),
		.minors = md->disk->minors,
		.sectors = get_capacity(md->disk),
	};
	event_restart(e);
	return e;
}

/* The same, of a device that is in the index; NULL also where it is not. */
static struct event *event_start_indexed(struct mapped_device *md)
{
	struct event *e = event_start(md);

	if (e && dm_index_names(md, e->name, e->uuid)) {
		event_free(e);
		e = NULL;
	}
	return e;
}

/* Have an event recorded. Return false where the policy does not ask for it. */
static bool measure_data(const char *event, const char *data, size_t len)
{
	return ima_measure_critical_data(DM_NAME, event, data, len, false, NULL, 0) != -ENOENT;
}

static void measure(const char *event, const struct dm_ima_text *text)
{
	measure_data(event, text->buf, text->len);
}

/* The hash over all events of a load. */
struct load {
	struct dm_table *t;
	struct shash_desc *desc;	/* from the first one that is wanted */
	int error;
};

/* Start the hash. */
static int load_hash_init(struct load *l)
{
	struct crypto_shash *tfm = crypto_alloc_shash("sha256", 0, 0);

	if (IS_ERR(tfm))
		return PTR_ERR(tfm);
	l->desc = kmalloc(sizeof(*l->desc) + crypto_shash_descsize(tfm), GFP_KERNEL);
	if (!l->desc) {
		crypto_free_shash(tfm);
		return -ENOMEM;
	}
	l->desc->tfm = tfm;
	return crypto_shash_init(l->desc);
}

static struct dm_ima_record *record_alloc(const char *name, const char *uuid)
{
	size_t name_size = strlen(name) + 1, uuid_size = strlen(uuid) + 1;
	struct dm_ima_record *record;

	record = kmalloc(struct_size(record, names, name_size + uuid_size), GFP_KERNEL);
	if (!record)
		return NULL;
	record->uuid_at = name_size;
	memcpy(record->names, name, name_size);
	memcpy(record->names + name_size, uuid, uuid_size);
	return record;
}

/* md->lock: a device may be renamed while it is resumed. */
static void record_set(struct dm_table *t, struct dm_ima_record *record)
{
	spin_lock_irq(&t->md->lock);
	swap(t->ima, record);
	spin_unlock_irq(&t->md->lock);
	kfree(record);
}

/* Return false where there is none. */
static bool record_copy(struct dm_table *t, struct copy *copy)
{
	const struct dm_ima_record *record;

	spin_lock_irq(&t->md->lock);
	record = t->ima;
	if (record) {
		memcpy(copy->hash, record->hash, sizeof(copy->hash));
		strscpy(copy->name, record->names, sizeof(copy->name));
		strscpy(copy->uuid, record->names + record->uuid_at, sizeof(copy->uuid));
	}
	spin_unlock_irq(&t->md->lock);
	return record;
}

/* The table keeps the hash. */
static int load_hash_final(struct load *l, const struct dm_ima_who *who)
{
	struct dm_ima_record *record = record_alloc(who->name, who->uuid);
	int r;

	if (!record)
		return -ENOMEM;
	r = crypto_shash_final(l->desc, record->hash);
	if (r)
		kfree(record);
	else
		record_set(l->t, record);
	return r;
}

static void load_place(void *context, unsigned int i, u64 *begin, u64 *len)
{
	struct load *l = context;

	*begin = l->t->targets[i].begin;
	*len = l->t->targets[i].len;
	cond_resched();
}

static void load_status(void *context, unsigned int i, char *text, unsigned int room)
{
	struct load *l = context;
	struct dm_target *ti = &l->t->targets[i];

	if (ti->type->status)
		ti->type->status(ti, STATUSTYPE_IMA, 0, text, room);
}

static bool load_event(void *context, const char *data, size_t len)
{
	struct load *l = context;

	/* the first one decides: the hash is over all or nothing */
	if (!measure_data("dm_table_load", data, len) && !l->desc && !l->error)
		return false;
	if (!l->desc && !l->error)
		l->error = load_hash_init(l);
	if (!l->error)
		l->error = crypto_shash_update(l->desc, data, len);
	return true;
}

/* Measure a load, where that is wanted: the table has a hash then. */
static void load_measure(struct event *e, struct dm_table *t)
{
	struct load l = { .t = t };
	const struct dm_ima_load text = {
		.who = e->who,
		.num_targets = t->num_targets,
		.place = load_place,
		.status = load_status,
		.event = load_event,
		.context = &l,
	};

	dm_ima_text_load(&e->text, &text);
	event_restart(e);
	if (l.desc && !l.error)
		l.error = load_hash_final(&l, &e->who);
	if (l.error)
		DMERR("%s: cannot hash what IMA measured: %pe", dm_device_name(t->md),
		      ERR_PTR(l.error));
	if (l.desc)
		crypto_free_shash(l.desc->tfm);
	kfree_sensitive(l.desc);
}

/* What is known of a table. There is no hash where nobody wants one. */
static struct dm_ima_slot slot_of(struct event *e, struct dm_table *t, struct copy *copy)
{
	struct dm_ima_slot slot = { };

	if (!t)
		return slot;
	if (!record_copy(t, copy)) {
		load_measure(e, t);
		if (!record_copy(t, copy))
			return slot;
	}
	slot.name = copy->name;
	slot.uuid = copy->uuid;
	slot.num_targets = t->num_targets;
	slot.hash = copy->hash;
	return slot;
}

void dm_ima_load(struct dm_table *t)
{
	struct event *e = event_start_indexed(t->md);

	if (!e)
		return;
	load_measure(e, t);
	event_free(e);
}

void dm_ima_resume(struct mapped_device *md)
{
	struct dm_table *t = rcu_dereference_protected(md->active,
						       lockdep_is_held(&md->verbs));
	struct event *e = event_start_indexed(md);
	struct dm_ima_slot active;

	if (!e)
		return;
	active = slot_of(e, t, &e->active);
	if (active.hash) {
		dm_ima_text_resume(&e->text, &e->who, &active);
		measure("dm_device_resume", &e->text);
	}
	event_free(e);
}

void dm_ima_clear(struct mapped_device *md, struct dm_table *t)
{
	struct event *e = event_start_indexed(md);
	struct dm_ima_slot inactive;

	if (!e)
		return;
	inactive = slot_of(e, t, &e->inactive);
	if (!t || inactive.hash) {
		dm_ima_text_clear(&e->text, &e->who, &inactive);
		measure("dm_table_clear", &e->text);
	}
	event_free(e);
}

void dm_ima_remove(struct mapped_device *md, bool all)
{
	struct event *e = event_start(md);
	struct dm_ima_slot active, inactive;

	if (!e)
		return;
	/* nobody renames it any more */
	e->who.name = md->name;
	e->who.uuid = md->uuid ?: "";

	/* a clear that comes now has to wait */
	down_read(&md->slots);
	active = slot_of(e, rcu_dereference_protected(md->active,
						      lockdep_is_held(&md->slots)),
			 &e->active);
	inactive = slot_of(e, md->inactive, &e->inactive);
	up_read(&md->slots);
	if (active.hash || inactive.hash) {
		dm_ima_text_remove(&e->text, &e->who, &active, &inactive, all);
		measure("dm_device_remove", &e->text);
	}
	event_free(e);
}

/* From now on the table is known by the new names. */
static void record_rename(struct dm_table *t, const struct dm_ima_who *who, const u8 *hash)
{
	struct dm_ima_record *record = record_alloc(who->name, who->uuid);

	if (!record) {
		DMERR("%s: no memory for what IMA is to measure", dm_device_name(t->md));
		return;
	}
	memcpy(record->hash, hash, sizeof(record->hash));
	record_set(t, record);
}

void dm_ima_rename(struct mapped_device *md, const char *from, bool uuid)
{
	struct event *e = event_start_indexed(md);
	struct dm_ima_slot was;
	struct dm_table *t;

	if (!e)
		return;
	/* a uuid is only ever given, not changed */
	was = (struct dm_ima_slot) { .name = from, .uuid = uuid ? "" : e->who.uuid };
	down_read(&md->slots);
	t = rcu_dereference_protected(md->active, lockdep_is_held(&md->slots));
	if (t) {
		was.num_targets = t->num_targets;
		if (record_copy(t, &e->active)) {
			was.name = e->active.name;
			was.uuid = e->active.uuid;
			record_rename(t, &e->who, e->active.hash);
		}
	}
	up_read(&md->slots);
	dm_ima_text_rename(&e->text, &e->who, &was);
	measure("dm_device_rename", &e->text);
	event_free(e);
}

void dm_ima_forget(struct dm_table *t)
{
	kfree(t->ima);
}
