// SPDX-License-Identifier: GPL-2.0
/* See ramdisk.h. */
#include <linux/highmem.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "compat/disk.h"
#include "compat/limits.h"
#include "ramdisk.h"

#define PAGE_SECTORS_OF (PAGE_SIZE >> SECTOR_SHIFT)
#define WORDS (SECTOR_SIZE / sizeof(u64))
#define MAX_SECTORS 2560

static int ram_major;
static atomic_t ram_minor = ATOMIC_INIT(0);
static atomic_t ram_seq = ATOMIC_INIT(0);

static u64 word_of(u32 seed, sector_t name, unsigned int i)
{
	return ((u64)seed << 40) ^ ((name * WORDS + i + 1) * 0x9e3779b97f4a7c15ULL);
}

void ram_fill(void *data, unsigned int sectors, u32 seed, sector_t name)
{
	u64 *word = data;
	unsigned int s, i;

	for (s = 0; s < sectors; s++)
		for (i = 0; i < WORDS; i++)
			*word++ = word_of(seed, name + s, i);
}

unsigned int ram_match(const void *data, unsigned int sectors, u32 seed, sector_t name)
{
	const u64 *word = data;
	unsigned int s, i;

	for (s = 0; s < sectors; s++)
		for (i = 0; i < WORDS; i++)
			if (*word++ != word_of(seed, name + s, i))
				return s;
	return sectors;
}

/* The memory of a sector; NULL where nothing was written and @make is not set. */
static void *sector_at(struct ramdisk *ram, sector_t sector, bool make)
{
	unsigned long index = sector / PAGE_SECTORS_OF;
	void *page = xa_load(&ram->pages, index), *old;

	if (!page && make) {
		page = (void *)get_zeroed_page(GFP_NOIO);
		if (!page)
			return NULL;
		old = xa_cmpxchg(&ram->pages, index, NULL, page, GFP_NOIO);
		if (old) {
			free_page((unsigned long)page);
			if (xa_is_err(old))
				return NULL;
			page = old;
		}
	}
	return page ? page + (sector % PAGE_SECTORS_OF) * SECTOR_SIZE : NULL;
}

void ram_put(struct ramdisk *ram, sector_t at, unsigned int sectors, u32 seed, sector_t name)
{
	for (; sectors; sectors--, at++, name++) {
		void *to = sector_at(ram, at, true);

		if (to)
			ram_fill(to, 1, seed, name);
	}
}

unsigned int ram_holds(struct ramdisk *ram, sector_t at, unsigned int sectors, u32 seed,
		       sector_t name)
{
	unsigned int s;

	for (s = 0; s < sectors; s++) {
		const void *data = sector_at(ram, at + s, false);

		if (!data || !ram_match(data, 1, seed, name + s))
			break;
	}
	return s;
}

/* Data of a bio come in whole sectors here, though a sector may lie in two pieces. */
static blk_status_t transfer(struct ramdisk *ram, struct bio *bio)
{
	bool write = op_is_write(bio_op(bio));
	sector_t sector = bio->bi_iter.bi_sector;
	unsigned int into = 0;
	struct bvec_iter iter;
	struct bio_vec bv;

	bio_for_each_segment(bv, bio, iter) {
		char *data = bvec_kmap_local(&bv), *at = data;
		unsigned int left = bv.bv_len;

		while (left) {
			unsigned int n = min_t(unsigned int, left, SECTOR_SIZE - into);
			char *own = sector_at(ram, sector, write);

			if (write && !own) {
				kunmap_local(data);
				return BLK_STS_RESOURCE;
			}
			if (write)
				memcpy(own + into, at, n);
			else if (own)
				memcpy(at, own + into, n);
			else
				memset(at, 0, n);
			at += n;
			left -= n;
			into += n;
			sector += into / SECTOR_SIZE;
			into %= SECTOR_SIZE;
		}
		kunmap_local(data);
	}
	return BLK_STS_OK;
}

static void clear(struct ramdisk *ram, sector_t sector, unsigned int sectors)
{
	for (; sectors; sectors--, sector++) {
		void *own = sector_at(ram, sector, false);

		if (own)
			memset(own, 0, SECTOR_SIZE);
	}
}

/* Write down that it came; return how it is to fail. */
static blk_status_t record(struct ramdisk *ram, struct bio *bio)
{
	sector_t sector = bio->bi_iter.bi_sector;
	blk_status_t status = BLK_STS_OK;
	unsigned long irq;

	spin_lock_irqsave(&ram->lock, irq);
	if (ram->came < RAM_LOG)
		ram->seen[ram->came] = (struct ram_seen) {
			.opf = bio->bi_opf,
			.sector = sector,
			.sectors = bio_sectors(bio),
			.seq = atomic_inc_return(&ram_seq),
		};
	ram->came++;
	if (bio_sectors(bio) && sector < ram->bad_to && bio_end_sector(bio) > ram->bad_from)
		status = ram->bad_status;
	if (bio->bi_opf & REQ_PREFLUSH && ram->bad_flush)
		status = BLK_STS_IOERR;
	if (bio_op(bio) == REQ_OP_WRITE_ZEROES && ram->bad_zeroes)
		status = BLK_STS_NOTSUPP;
	spin_unlock_irqrestore(&ram->lock, irq);
	return status;
}

static blk_status_t carry_out(struct ramdisk *ram, struct bio *bio)
{
	switch (bio_op(bio)) {
	case REQ_OP_READ:
	case REQ_OP_WRITE:
		return transfer(ram, bio);
	case REQ_OP_DISCARD:
	case REQ_OP_SECURE_ERASE:
	case REQ_OP_WRITE_ZEROES:
		clear(ram, bio->bi_iter.bi_sector, bio_sectors(bio));
		return BLK_STS_OK;
	default:
		return BLK_STS_NOTSUPP;
	}
}

static void ram_submit_bio(struct bio *bio)
{
	struct ramdisk *ram = bio->bi_bdev->bd_disk->private_data;
	enum ram_mode mode;
	unsigned long irq;

	bio->bi_status = record(ram, bio);
	if (!bio->bi_status)
		bio->bi_status = carry_out(ram, bio);

	spin_lock_irqsave(&ram->lock, irq);
	mode = ram->mode;
	if (mode != RAM_NOW) {
		bio_list_add(&ram->held, bio);
		ram->held_count++;
	}
	spin_unlock_irqrestore(&ram->lock, irq);
	if (mode == RAM_LATER)
		mod_timer(&ram->timer, jiffies + 1);
	else if (mode == RAM_NOW)
		bio_endio(bio);
}

unsigned int ram_release(struct ramdisk *ram)
{
	struct bio_list todo;
	struct bio *bio;
	unsigned int n = 0;
	unsigned long irq;

	spin_lock_irqsave(&ram->lock, irq);
	todo = ram->held;
	bio_list_init(&ram->held);
	ram->held_count = 0;
	spin_unlock_irqrestore(&ram->lock, irq);
	for (; (bio = bio_list_pop(&todo)); n++)
		bio_endio(bio);
	return n;
}

bool ram_release_newest(struct ramdisk *ram)
{
	struct bio_list older;
	struct bio *bio, *next;

	bio_list_init(&older);
	spin_lock_irq(&ram->lock);
	bio = bio_list_pop(&ram->held);
	while ((next = bio_list_pop(&ram->held))) {
		bio_list_add(&older, bio);
		bio = next;
	}
	ram->held = older;
	ram->held_count -= !!bio;
	spin_unlock_irq(&ram->lock);
	if (bio)
		bio_endio(bio);
	return bio;
}

static void ram_timer(struct timer_list *timer)
{
	ram_release(container_of(timer, struct ramdisk, timer));
}

void ram_set_mode(struct ramdisk *ram, enum ram_mode mode)
{
	spin_lock_irq(&ram->lock);
	ram->mode = mode;
	spin_unlock_irq(&ram->lock);
}

unsigned int ram_held(struct ramdisk *ram)
{
	return READ_ONCE(ram->held_count);
}

unsigned int ram_came(struct ramdisk *ram)
{
	return READ_ONCE(ram->came);
}

void ram_forget(struct ramdisk *ram)
{
	spin_lock_irq(&ram->lock);
	ram->came = 0;
	spin_unlock_irq(&ram->lock);
}

void ram_fail(struct ramdisk *ram, sector_t from, sector_t to, blk_status_t status)
{
	spin_lock_irq(&ram->lock);
	ram->bad_from = from;
	ram->bad_to = to;
	ram->bad_status = status;
	spin_unlock_irq(&ram->lock);
}

void ram_fail_flush(struct ramdisk *ram, bool fail)
{
	spin_lock_irq(&ram->lock);
	ram->bad_flush = fail;
	spin_unlock_irq(&ram->lock);
}

void ram_fail_zeroes(struct ramdisk *ram, bool fail)
{
	spin_lock_irq(&ram->lock);
	ram->bad_zeroes = fail;
	spin_unlock_irq(&ram->lock);
}

unsigned int ram_count(struct ramdisk *ram, blk_opf_t opf)
{
	const blk_opf_t op = opf & REQ_OP_MASK, flags = opf & ~REQ_OP_MASK;
	unsigned int i, n = 0;

	for (i = 0; i < min_t(unsigned int, ram_came(ram), RAM_LOG); i++)
		n += (ram->seen[i].opf & REQ_OP_MASK) == op &&
		     (ram->seen[i].opf & flags) == flags;
	return n;
}

static const struct block_device_operations ram_ops = {
	.owner = THIS_MODULE,
	.submit_bio = ram_submit_bio,
};

static int set_limits(struct gendisk *disk, const struct ram_options *o)
{
	const unsigned int most = o->plain ? 0 : UINT_MAX >> SECTOR_SHIFT;
	struct queue_limits lim = disk->queue->limits;

	lim.logical_block_size = o->logical_block ?: SECTOR_SIZE;
	lim.physical_block_size = max(o->physical_block, lim.logical_block_size);
	lim.io_min = max(o->io_min, lim.physical_block_size);
	lim.io_opt = o->io_opt;
	lim.max_hw_sectors = o->max_sectors ?: MAX_SECTORS;
	lim.max_sectors = lim.max_hw_sectors;
	lim.max_discard_sectors = o->max_discard ?: most;
	lim.max_hw_discard_sectors = lim.max_discard_sectors;
	lim.discard_granularity = 0;
	if (lim.max_discard_sectors)
		lim.discard_granularity = o->discard_granularity ?: lim.logical_block_size;
	lim.max_write_zeroes_sectors = o->max_write_zeroes ?: most;
	lim.max_secure_erase_sectors = o->max_secure_erase ?: most;
	return dm_compat_limits_set(disk, &lim, o->features);
}

struct ramdisk *ram_create(const struct ram_options *o)
{
	struct ramdisk *ram = kzalloc(sizeof(*ram), GFP_KERNEL);
	int r = -ENOMEM;

	if (!ram)
		return ERR_PTR(r);
	xa_init(&ram->pages);
	spin_lock_init(&ram->lock);
	bio_list_init(&ram->held);
	timer_setup(&ram->timer, ram_timer, 0);

	ram->disk = dm_compat_disk_alloc(NUMA_NO_NODE);
	if (IS_ERR(ram->disk)) {
		r = PTR_ERR(ram->disk);
		goto bad;
	}
	ram->disk->major = ram_major;
	ram->disk->first_minor = atomic_inc_return(&ram_minor) & MINORMASK;
	ram->disk->minors = 1;
	ram->disk->flags |= GENHD_FL_NO_PART;
	ram->disk->fops = &ram_ops;
	ram->disk->private_data = ram;
	snprintf(ram->disk->disk_name, DISK_NAME_LEN, "dmkunit%d", ram->disk->first_minor);
	snprintf(ram->name, sizeof(ram->name), "%d:%d", ram_major, ram->disk->first_minor);
	set_capacity(ram->disk, o->sectors);
	r = set_limits(ram->disk, o);
	if (!r)
		r = device_add_disk(NULL, ram->disk, NULL);
	if (!r)
		return ram;
	put_disk(ram->disk);
bad:
	kfree(ram);
	return ERR_PTR(r);
}

void ram_destroy(struct ramdisk *ram)
{
	unsigned long index;
	void *page;

	del_gendisk(ram->disk);
	del_timer_sync(&ram->timer);
	put_disk(ram->disk);
	xa_for_each(&ram->pages, index, page)
		free_page((unsigned long)page);
	xa_destroy(&ram->pages);
	kfree(ram);
}

int ram_start(void)
{
	ram_major = register_blkdev(0, "dmkunit");
	return min(ram_major, 0);
}

void ram_stop(void)
{
	unregister_blkdev(ram_major, "dmkunit");
}
