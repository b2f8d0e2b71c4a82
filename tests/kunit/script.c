// SPDX-License-Identifier: GPL-2.0
/* See script.h. */
#include <linux/module.h>

#include "script.h"

static struct script scripts[SCRIPTS];

struct script *script(unsigned int index)
{
	return &scripts[index];
}

void script_reset(void)
{
	unsigned int i;

	memset(scripts, 0, sizeof(scripts));
	for (i = 0; i < SCRIPTS; i++) {
		spin_lock_init(&scripts[i].lock);
		bio_list_init(&scripts[i].kept);
	}
}

int script_remap(struct script *s, struct bio *bio)
{
	if (!s->dev) {
		bio_endio(bio);
		return DM_MAPIO_SUBMITTED;
	}
	bio_set_dev(bio, s->dev->bdev);
	if (bio_sectors(bio))
		bio->bi_iter.bi_sector = s->start + dm_target_offset(s->ti,
								     bio->bi_iter.bi_sector);
	return DM_MAPIO_REMAPPED;
}

int script_keep(struct script *s, struct bio *bio)
{
	unsigned long irq;

	script_remap(s, bio);
	spin_lock_irqsave(&s->lock, irq);
	bio_list_add(&s->kept, bio);
	spin_unlock_irqrestore(&s->lock, irq);
	return DM_MAPIO_SUBMITTED;
}

struct bio *script_kept(struct script *s)
{
	struct bio *bio;
	unsigned long irq;

	spin_lock_irqsave(&s->lock, irq);
	bio = bio_list_pop(&s->kept);
	spin_unlock_irqrestore(&s->lock, irq);
	return bio;
}

unsigned int script_kept_count(struct script *s)
{
	unsigned int n;
	unsigned long irq;

	spin_lock_irqsave(&s->lock, irq);
	n = bio_list_size(&s->kept);
	spin_unlock_irqrestore(&s->lock, irq);
	return n;
}

static void called(struct dm_target *ti, char what)
{
	struct script *s = ti->private;
	int at = atomic_inc_return(&s->calls_len) - 1;

	/* the last stays the terminator */
	if (at >= SCRIPT_CALLS - 1)
		return;
	s->calls[at] = what;
	s->saw[at] = (dm_suspended(ti) ? SAW_SUSPENDED : 0) |
		     (dm_post_suspending(ti) ? SAW_POST_SUSPENDING : 0) |
		     (dm_noflush_suspending(ti) ? SAW_NOFLUSH : 0);
}

static int script_ctr(struct dm_target *ti, unsigned int argc, char **argv)
{
	unsigned long long start = 0;
	unsigned int index;
	struct script *s;
	int r;

	if (!argc || argc > 3 || argc == 2 || kstrtouint(argv[0], 10, &index) ||
	    index >= SCRIPTS || (argc == 3 && kstrtoull(argv[2], 10, &start))) {
		ti->error = "INDEX [DEVICE START]";
		return -EINVAL;
	}
	s = &scripts[index];
	/* it knows of one target */
	if (atomic_read(&s->ctrs) != atomic_read(&s->dtrs)) {
		ti->error = "script in use";
		return -EUSERS;
	}
	if (s->ctr_error) {
		ti->error = "as told";
		return s->ctr_error;
	}
	s->dev = NULL;
	if (argc == 3) {
		r = dm_get_device(ti, argv[1], dm_table_get_mode(ti->table), &s->dev);
		if (r) {
			ti->error = "no such device";
			return r;
		}
	}
	if (s->max_io_len) {
		r = dm_set_target_max_io_len(ti, s->max_io_len);
		if (r) {
			if (s->dev)
				dm_put_device(ti, s->dev);
			return r;
		}
	}
	s->ti = ti;
	s->start = start;
	ti->private = s;
	ti->num_flush_bios = s->num_flush_bios;
	ti->num_discard_bios = s->num_discard_bios;
	ti->num_secure_erase_bios = s->num_secure_erase_bios;
	ti->num_write_zeroes_bios = s->num_write_zeroes_bios;
	ti->per_io_data_size = s->per_io_data_size;
	ti->flush_supported = s->flush_supported;
	ti->discards_supported = s->discards_supported;
	ti->accounts_remapped_io = s->accounts_remapped_io;
	ti->limit_swap_bios = s->limit_swap_bios;
	atomic_inc(&s->ctrs);
	return 0;
}

static void script_dtr(struct dm_target *ti)
{
	struct script *s = ti->private;

	if (s->dev)
		dm_put_device(ti, s->dev);
	atomic_inc(&s->dtrs);
}

static int script_map(struct dm_target *ti, struct bio *bio)
{
	struct script *s = ti->private;
	unsigned int nr = dm_bio_get_target_bio_nr(bio);
	unsigned long irq;

	atomic_inc(&s->maps);
	spin_lock_irqsave(&s->lock, irq);
	if (nr < 32)
		s->numbers |= BIT(nr);
	spin_unlock_irqrestore(&s->lock, irq);
	return s->map ? s->map(s, bio) : script_remap(s, bio);
}

static int script_end_io(struct dm_target *ti, struct bio *bio, blk_status_t *status)
{
	struct script *s = ti->private;

	atomic_inc(&s->ends);
	return s->end_io ? s->end_io(s, bio, status) : DM_ENDIO_DONE;
}

static void script_presuspend(struct dm_target *ti)
{
	called(ti, 'p');
}

static void script_presuspend_undo(struct dm_target *ti)
{
	called(ti, 'u');
}

static void script_postsuspend(struct dm_target *ti)
{
	called(ti, 'P');
}

static int script_preresume(struct dm_target *ti)
{
	struct script *s = ti->private;

	called(ti, 'r');
	if (s->preresume)
		s->preresume(s);
	return s->preresume_error;
}

static void script_resume(struct dm_target *ti)
{
	called(ti, 'R');
}

static void script_status(struct dm_target *ti, status_type_t type, unsigned int flags,
			  char *result, unsigned int maxlen)
{
	const struct script *s = ti->private;
	size_t sz = 0;

	switch (type) {
	case STATUSTYPE_INFO:
		DMEMIT("%s", s->status ?: "");
		break;
	default:
		DMEMIT("%u", (unsigned int)(s - scripts));
		if (s->dev)
			DMEMIT(" %s %llu", s->dev->name, (unsigned long long)s->start);
	}
}

static int script_message(struct dm_target *ti, unsigned int argc, char **argv, char *result,
			  unsigned int maxlen)
{
	const struct script *s = ti->private;
	struct dm_dev *dev;
	size_t sz = 0;

	if (s->message_dev) {
		int r = dm_get_device(ti, s->message_dev, dm_table_get_mode(ti->table), &dev);

		if (r)
			return r;
		dm_put_device(ti, dev);
	}
	/* 1: there is an answer */
	if (s->message_result == 1)
		DMEMIT("%u %s", argc, argv[argc - 1]);
	return s->message_result;
}

static int script_iterate(struct dm_target *ti, iterate_devices_callout_fn fn, void *data)
{
	const struct script *s = ti->private;

	return s->dev ? fn(ti, s->dev, s->start, ti->len, data) : 0;
}

static void script_hints(struct dm_target *ti, struct queue_limits *limits)
{
	const struct script *s = ti->private;

	if (s->hints)
		s->hints(limits);
}

#define SCRIPT_TYPE(type_name, type_features) \
{ \
	.name = type_name, \
	.version = { 1, 2, 3 }, \
	.features = type_features, \
	.module = THIS_MODULE, \
	.ctr = script_ctr, \
	.dtr = script_dtr, \
	.map = script_map, \
	.end_io = script_end_io, \
	.presuspend = script_presuspend, \
	.presuspend_undo = script_presuspend_undo, \
	.postsuspend = script_postsuspend, \
	.preresume = script_preresume, \
	.resume = script_resume, \
	.status = script_status, \
	.message = script_message, \
	.iterate_devices = script_iterate, \
	.io_hints = script_hints, \
}

static struct target_type types[] = {
	SCRIPT_TYPE("kunit", DM_TARGET_NOWAIT),
	SCRIPT_TYPE("kunit-single", DM_TARGET_NOWAIT | DM_TARGET_SINGLETON),
	SCRIPT_TYPE("kunit-fixed", DM_TARGET_NOWAIT | DM_TARGET_IMMUTABLE),
	SCRIPT_TYPE("kunit-rw", DM_TARGET_NOWAIT | DM_TARGET_ALWAYS_WRITEABLE),
	SCRIPT_TYPE("kunit-waits", 0),
};

static void types_remove(unsigned int n)
{
	while (n--)
		dm_unregister_target(&types[n]);
}

int script_start(void)
{
	unsigned int i;
	int r;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		r = dm_register_target(&types[i]);
		if (r) {
			types_remove(i);
			return r;
		}
	}
	return 0;
}

void script_stop(void)
{
	types_remove(ARRAY_SIZE(types));
}
