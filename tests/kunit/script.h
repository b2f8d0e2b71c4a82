/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Target types that do what a test tells them. A line of a table is
 *
 *	START LENGTH kunit INDEX [DEVICE START]
 *
 * and INDEX picks one of the scripts, which is fresh in every test. Other types
 * do the same under other conditions: "kunit-single", "kunit-fixed" (immutable),
 * "kunit-rw" (always writeable), "kunit-waits" (does not know REQ_NOWAIT).
 */
#ifndef DM_KUNIT_SCRIPT_H
#define DM_KUNIT_SCRIPT_H

#include <linux/device-mapper.h>
#include <linux/spinlock.h>

#define SCRIPTS 4
#define SCRIPT_CALLS 32

/* What dm_suspended(), dm_post_suspending() and dm_noflush_suspending() said */
#define SAW_SUSPENDED		0x1
#define SAW_POST_SUSPENDING	0x2
#define SAW_NOFLUSH		0x4

struct script {
	/* what the constructor puts into its target */
	unsigned int num_flush_bios, num_discard_bios;
	unsigned int num_secure_erase_bios, num_write_zeroes_bios;
	unsigned int per_io_data_size;
	sector_t max_io_len;
	bool flush_supported, discards_supported, accounts_remapped_io, limit_swap_bios;

	/* what it answers; without a function it remaps to its device */
	int ctr_error, preresume_error, message_result;
	int (*map)(struct script *s, struct bio *bio);
	int (*end_io)(struct script *s, struct bio *bio, blk_status_t *status);
	const char *message_dev;	/* got and put again by each message */
	const char *status;		/* for STATUSTYPE_INFO; must not end too early */
	void (*hints)(struct queue_limits *limits);
	void (*preresume)(struct script *s);
	void *context;

	/* what happened */
	struct dm_target *ti;
	struct dm_dev *dev;
	sector_t start;
	atomic_t ctrs, dtrs, maps, ends;
	atomic_t calls_len;
	/* p presuspend, u presuspend_undo, P postsuspend, r preresume, R resume */
	char calls[SCRIPT_CALLS];
	u8 saw[SCRIPT_CALLS];		/* mask of SAW_*, in each of these calls */
	u32 numbers;			/* mask of the numbers of bios that came */

	spinlock_t lock;		/* of numbers and kept */
	struct bio_list kept;
};

int script_start(void);
void script_stop(void);
/** script_reset() - all scripts as before the first test */
void script_reset(void);
/** script() - one of them */
struct script *script(unsigned int index);

/** script_remap() - map: to the same offset of its device */
int script_remap(struct script *s, struct bio *bio);
/** script_keep() - map: keep the bio, remapped, until script_submit_kept() */
int script_keep(struct script *s, struct bio *bio);
/** script_kept() - the oldest that is kept, taken out; or NULL */
struct bio *script_kept(struct script *s);
unsigned int script_kept_count(struct script *s);

#endif
