// SPDX-License-Identifier: GPL-2.0
/*
 * striped: chunks go to the underlying devices in turn.
 * "STRIPES CHUNK_SECTORS [DEV START]..."
 */
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "builtin.h"
#include "compat/bdev.h"
#include "compat/target.h"
#include "dax.h"

/* Errors of one stripe that are told of; more would only repeat it. */
#define ERROR_EVENTS 15

struct stripe {
	struct dm_dev *dev;
	sector_t start;
	atomic_t errors;
};

struct striped {
	struct dm_target *ti;
	struct work_struct event_work;
	u32 chunk;		/* sectors */
	u32 count;
	struct stripe stripe[];
};

/* Where an offset falls: the chunk's row and stripe, and how far into it. */
struct place {
	sector_t row;
	u32 stripe;
	u32 into;
};

static struct place place_of(const struct striped *s, sector_t offset)
{
	struct place p;
	sector_t chunk;

	if (is_power_of_2(s->chunk)) {
		p.into = offset & (s->chunk - 1);
		chunk = offset >> ilog2(s->chunk);
	} else {
		chunk = div_u64_rem(offset, s->chunk, &p.into);
	}
	if (is_power_of_2(s->count)) {
		p.stripe = chunk & (s->count - 1);
		p.row = chunk >> ilog2(s->count);
	} else {
		p.row = div_u64_rem(chunk, s->count, &p.stripe);
	}
	return p;
}

/* How many of the first @offset sectors of the target are in one stripe. */
static sector_t sectors_before(const struct striped *s, sector_t offset, u32 stripe)
{
	struct place p = place_of(s, offset);
	sector_t whole = p.row * s->chunk;

	if (p.stripe == stripe)
		return whole + p.into;
	return p.stripe > stripe ? whole + s->chunk : whole;
}

static void striped_event(struct work_struct *work)
{
	dm_table_event(container_of(work, struct striped, event_work)->ti->table);
}

static void stripes_put(struct striped *s, u32 n)
{
	while (n--)
		dm_put_device(s->ti, s->stripe[n].dev);
}

static int stripe_get(struct striped *s, struct stripe *stripe, char **argv)
{
	unsigned long long start;
	char rest;

	if (sscanf(argv[1], "%llu%c", &start, &rest) != 1)
		return -EINVAL;
	stripe->start = start;
	return dm_get_device(s->ti, argv[0], dm_table_get_mode(s->ti->table), &stripe->dev);
}

static int striped_ctr(struct dm_target *ti, unsigned int argc, char **argv)
{
	struct striped *s;
	sector_t width;
	u32 count, chunk, rest, i;
	int r;

	if (argc < 2) {
		ti->error = "Not enough arguments";
		return -EINVAL;
	}
	if (kstrtou32(argv[0], 10, &count) || !count) {
		ti->error = "Invalid stripe count";
		return -EINVAL;
	}
	if (kstrtou32(argv[1], 10, &chunk) || !chunk) {
		ti->error = "Invalid chunk_size";
		return -EINVAL;
	}
	width = div_u64_rem(ti->len, count, &rest);
	if (rest) {
		ti->error = "Target length not divisible by number of stripes";
		return -EINVAL;
	}
	div_u64_rem(width, chunk, &rest);
	if (rest) {
		ti->error = "Target length not divisible by chunk size";
		return -EINVAL;
	}
	if ((u64)argc != 2 + 2 * (u64)count) {
		ti->error = "Not enough destinations specified";
		return -EINVAL;
	}
	s = kvzalloc(struct_size(s, stripe, count), GFP_KERNEL);
	if (!s) {
		ti->error = "Memory allocation for striped context failed";
		return -ENOMEM;
	}
	INIT_WORK(&s->event_work, striped_event);
	s->ti = ti;
	s->count = count;
	s->chunk = chunk;

	r = dm_set_target_max_io_len(ti, chunk);
	for (i = 0; !r && i < count; i++) {
		r = stripe_get(s, &s->stripe[i], argv + 2 + 2 * i);
		if (r) {
			ti->error = "Couldn't parse stripe destination";
			stripes_put(s, i);
		}
	}
	if (r) {
		kvfree(s);
		return r;
	}

	ti->num_flush_bios = count;
	ti->num_discard_bios = count;
	ti->num_secure_erase_bios = count;
	ti->num_write_zeroes_bios = count;
	ti->private = s;
	return 0;
}

static void striped_dtr(struct dm_target *ti)
{
	struct striped *s = ti->private;

	flush_work(&s->event_work);
	stripes_put(s, s->count);
	kvfree(s);
}

/*
 * One bio for each stripe, each with the whole extent: keep what of it lies
 * in this stripe, which is contiguous there.
 */
static int map_extent(const struct striped *s, struct bio *bio)
{
	u32 nr = dm_bio_get_target_bio_nr(bio);
	sector_t offset = dm_target_offset(s->ti, bio->bi_iter.bi_sector);
	sector_t begin = sectors_before(s, offset, nr);
	sector_t end = sectors_before(s, offset + bio_sectors(bio), nr);

	if (begin == end) {
		bio_endio(bio);
		return DM_MAPIO_SUBMITTED;
	}
	bio_set_dev(bio, s->stripe[nr].dev->bdev);
	bio->bi_iter.bi_sector = s->stripe[nr].start + begin;
	bio->bi_iter.bi_size = to_bytes(end - begin);
	return DM_MAPIO_REMAPPED;
}

static int striped_map(struct dm_target *ti, struct bio *bio)
{
	const struct striped *s = ti->private;
	const struct stripe *stripe;
	struct place p;

	if (bio->bi_opf & REQ_PREFLUSH) {
		bio_set_dev(bio, s->stripe[dm_bio_get_target_bio_nr(bio)].dev->bdev);
		return DM_MAPIO_REMAPPED;
	}
	switch (bio_op(bio)) {
	case REQ_OP_DISCARD:
	case REQ_OP_SECURE_ERASE:
	case REQ_OP_WRITE_ZEROES:
		return map_extent(s, bio);
	default:
		break;
	}
	p = place_of(s, dm_target_offset(ti, bio->bi_iter.bi_sector));
	stripe = &s->stripe[p.stripe];
	bio_set_dev(bio, stripe->dev->bdev);
	bio->bi_iter.bi_sector = stripe->start + p.row * s->chunk + p.into;
	return DM_MAPIO_REMAPPED;
}

/* With one stripe nothing is striped. */
static bool striped_flat(const struct dm_target *ti, struct dm_remap *to)
{
	const struct striped *s = ti->private;

	if (s->count > 1)
		return false;
	to->bdev = s->stripe[0].dev->bdev;
	to->sector = s->stripe[0].start;
	return true;
}

/* Chunks that follow each other may do so below as well. */
static sector_t striped_remap(const struct dm_target *ti, sector_t offset, sector_t want,
			      struct dm_remap *to)
{
	const struct striped *s = ti->private;
	struct place p = place_of(s, offset);
	const struct stripe *stripe = &s->stripe[p.stripe];
	sector_t len = s->chunk - p.into, row = p.row * s->chunk;

	to->bdev = stripe->dev->bdev;
	to->sector = stripe->start + row + p.into;
	while (unlikely(len < want)) {
		if (++p.stripe == s->count) {
			p.stripe = 0;
			row += s->chunk;
		}
		stripe = &s->stripe[p.stripe];
		if (stripe->dev->bdev != to->bdev || stripe->start + row != to->sector + len)
			return len;
		len += s->chunk;
	}
	return want;
}

static void io_failed(struct striped *s, const struct bio *bio, blk_status_t status)
{
	u32 i;

	if ((bio->bi_opf & REQ_RAHEAD) || status == BLK_STS_NOTSUPP)
		return;
	for (i = 0; i < s->count; i++)
		if (bio->bi_bdev == s->stripe[i].dev->bdev &&
		    atomic_inc_return(&s->stripe[i].errors) < ERROR_EVENTS)
			schedule_work(&s->event_work);
}

static int striped_end_io(struct dm_target *ti, struct bio *bio, blk_status_t *error)
{
	if (unlikely(*error))
		io_failed(ti->private, bio, *error);
	return DM_ENDIO_DONE;
}

static void striped_failed(struct dm_target *ti, struct bio *bio)
{
	io_failed(ti->private, bio, bio->bi_status);
}

static void striped_status(struct dm_target *ti, status_type_t type, unsigned int status_flags,
			   char *result, unsigned int maxlen)
{
	const struct striped *s = ti->private;
	size_t sz = 0;
	u32 i;

	switch (type) {
	case STATUSTYPE_INFO:
		DMEMIT("%u ", s->count);
		for (i = 0; i < s->count; i++)
			DMEMIT("%s ", s->stripe[i].dev->name);
		DMEMIT("1 ");
		for (i = 0; i < s->count; i++)
			DMEMIT("%c", atomic_read(&s->stripe[i].errors) ? 'D' : 'A');
		break;
	case STATUSTYPE_TABLE:
		DMEMIT("%u %u", s->count, s->chunk);
		for (i = 0; i < s->count; i++)
			DMEMIT(" %s %llu", s->stripe[i].dev->name,
			       (unsigned long long)s->stripe[i].start);
		break;
	case STATUSTYPE_IMA:
		DMEMIT_TARGET_NAME_VERSION(ti->type);
		DMEMIT(",stripes=%u,chunk_size=%u", s->count, s->chunk);
		for (i = 0; i < s->count; i++)
			DMEMIT(",stripe_%u_device_name=%s,stripe_%u_physical_start=%llu,stripe_%u_status=%c",
			       i, s->stripe[i].dev->name,
			       i, (unsigned long long)s->stripe[i].start,
			       i, atomic_read(&s->stripe[i].errors) ? 'D' : 'A');
		DMEMIT(";");
		break;
	}
}

#if IS_ENABLED(CONFIG_FS_DAX)
static struct dax_device *striped_page(struct dm_target *ti, pgoff_t *pgoff)
{
	const struct striped *s = ti->private;
	struct place p = place_of(s, dm_target_offset(ti, (sector_t)*pgoff << PAGE_SECTORS_SHIFT));
	const struct stripe *stripe = &s->stripe[p.stripe];

	*pgoff = dm_dax_first_page(stripe->dev, stripe->start + p.row * s->chunk + p.into);
	return stripe->dev->dax_dev;
}

static long striped_direct_access(struct dm_target *ti, pgoff_t pgoff, long nr_pages,
				  enum dax_access_mode mode, void **kaddr, pfn_t *pfn)
{
	struct dax_device *dax_dev = striped_page(ti, &pgoff);

	return dax_direct_access(dax_dev, pgoff, nr_pages, mode, kaddr, pfn);
}

static int striped_dax_zero(struct dm_target *ti, pgoff_t pgoff, size_t nr_pages)
{
	struct dax_device *dax_dev = striped_page(ti, &pgoff);

	return dax_zero_page_range(dax_dev, pgoff, nr_pages);
}

static size_t striped_dax_recover(struct dm_target *ti, pgoff_t pgoff, void *addr,
				  size_t bytes, struct iov_iter *iter)
{
	struct dax_device *dax_dev = striped_page(ti, &pgoff);

	return dax_recovery_write(dax_dev, pgoff, addr, bytes, iter);
}
#else
#define striped_direct_access NULL
#define striped_dax_zero NULL
#define striped_dax_recover NULL
#endif

static int striped_iterate_devices(struct dm_target *ti, iterate_devices_callout_fn fn,
				   void *data)
{
	const struct striped *s = ti->private;
	sector_t width = div_u64(ti->len, s->count);
	int r = 0;
	u32 i;

	for (i = 0; !r && i < s->count; i++)
		r = fn(ti, s->stripe[i].dev, s->stripe[i].start, width, data);
	return r;
}

static void striped_io_hints(struct dm_target *ti, struct queue_limits *limits)
{
	const struct striped *s = ti->private;
	unsigned int chunk, row;

	/* hints that cannot be said are better not given (CVE-2025-39940) */
	if (check_mul_overflow(s->chunk, (u32)SECTOR_SIZE, &chunk))
		return;
	dm_compat_hint_chunk(limits, s->chunk);
	limits->io_min = chunk;
	if (!check_mul_overflow(chunk, s->count, &row))
		limits->io_opt = row;
}

struct target_type dm_striped_type = {
	.name = "striped",
	.version = { 1, 6, 0 },
	.features = DM_TARGET_PASSES_INTEGRITY | DM_TARGET_NOWAIT | DM_TARGET_PASSES_CRYPTO,
	.module = THIS_MODULE,
	.ctr = striped_ctr,
	.dtr = striped_dtr,
	.map = striped_map,
	.end_io = striped_end_io,
	.status = striped_status,
	.iterate_devices = striped_iterate_devices,
	.direct_access = striped_direct_access,
	.dax_zero_page_range = striped_dax_zero,
	.dax_recovery_write = striped_dax_recover,
	.io_hints = striped_io_hints,
};

const struct dm_type_ops dm_striped_ops = {
	.flat = striped_flat,
	.remap = striped_remap,
	.failed = striped_failed,
};
