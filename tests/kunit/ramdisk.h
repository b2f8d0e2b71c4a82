/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A disk in RAM that does what a test tells it: end I/O at once, later from a
 * softirq, or not before it is told to; fail; and remember what it was sent.
 */
#ifndef DM_KUNIT_RAMDISK_H
#define DM_KUNIT_RAMDISK_H

#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/xarray.h>

/* When a bio ends */
enum ram_mode {
	RAM_NOW,	/* where it was submitted */
	RAM_LATER,	/* from a timer */
	RAM_HOLD,	/* when ram_release() is called */
};

/* What a disk is like; zero means: as disks mostly are. */
struct ram_options {
	sector_t sectors;
	unsigned int logical_block, physical_block;
	unsigned int max_sectors;
	unsigned int io_min, io_opt;
	unsigned int max_discard, discard_granularity;
	unsigned int max_write_zeroes, max_secure_erase;
	unsigned int features;	/* enum dm_feature */
	bool plain;		/* no discard, write zeroes, or erase unless set above */
};

#define RAM_LOG 512

/* A bio that came. @seq counts over all disks. */
struct ram_seen {
	blk_opf_t opf;
	sector_t sector;
	unsigned int sectors;
	unsigned int seq;
};

struct ramdisk {
	struct gendisk *disk;
	char name[16];			/* "major:minor" */
	struct xarray pages;
	struct timer_list timer;

	spinlock_t lock;		/* what follows */
	enum ram_mode mode;
	struct bio_list held;
	unsigned int held_count;
	sector_t bad_from, bad_to;	/* I/O to these sectors fails ... */
	blk_status_t bad_status;	/* ... with this */
	bool bad_flush;			/* flushes do */
	bool bad_zeroes;		/* so do write-zeroes, in spite of the limits */
	unsigned int came;		/* bios so far */
	struct ram_seen seen[RAM_LOG];	/* the first ones */
};

int ram_start(void);
void ram_stop(void);

struct ramdisk *ram_create(const struct ram_options *options);
void ram_destroy(struct ramdisk *ram);

/** ram_set_mode() - from now on; what is held stays so */
void ram_set_mode(struct ramdisk *ram, enum ram_mode mode);
/** ram_release() - let end what is held; Return: how many that were */
unsigned int ram_release(struct ramdisk *ram);
/** ram_release_newest() - let end what came last; Return: whether there was something */
bool ram_release_newest(struct ramdisk *ram);
unsigned int ram_held(struct ramdisk *ram);
/** ram_came() - how many bios came so far */
unsigned int ram_came(struct ramdisk *ram);
/** ram_forget() - begin the record of what came anew */
void ram_forget(struct ramdisk *ram);
/** ram_fail() - fail what touches the sectors from @from to before @to */
void ram_fail(struct ramdisk *ram, sector_t from, sector_t to, blk_status_t status);
/** ram_fail_flush() - fail flushes, or not */
void ram_fail_flush(struct ramdisk *ram, bool fail);
/** ram_fail_zeroes() - fail write-zeroes as unsupported, or not */
void ram_fail_zeroes(struct ramdisk *ram, bool fail);
/** ram_count() - how many came with this operation and (all of) these flags */
unsigned int ram_count(struct ramdisk *ram, blk_opf_t opf);

/** ram_fill() - a pattern: what sector @name holds when written with @seed */
void ram_fill(void *data, unsigned int sectors, u32 seed, sector_t name);
/** ram_match() - how many leading sectors of @data hold the pattern */
unsigned int ram_match(const void *data, unsigned int sectors, u32 seed, sector_t name);
/** ram_holds() - how many sectors of the disk from @at on hold the pattern from @name on */
unsigned int ram_holds(struct ramdisk *ram, sector_t at, unsigned int sectors, u32 seed,
		       sector_t name);
/** ram_put() - write the pattern past the block layer */
void ram_put(struct ramdisk *ram, sector_t at, unsigned int sectors, u32 seed, sector_t name);

#endif
