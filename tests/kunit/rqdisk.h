/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A disk in RAM that takes requests, and does what a test tells it: end them at
 * once or not before it is told to, say that it is busy, fail some sectors after
 * it has done those before them; and remember what it was sent.
 */
#ifndef DM_KUNIT_RQDISK_H
#define DM_KUNIT_RQDISK_H

#include <linux/blk-mq.h>
#include <linux/spinlock.h>

#define RQ_LOG 64

struct rqdisk_seen {
	enum req_op op;
	sector_t sector;
	unsigned int sectors;
};

struct rqdisk {
	struct gendisk *disk;
	struct blk_mq_tag_set tags;
	char name[16];			/* "major:minor" */
	void *data;
	sector_t sectors;

	spinlock_t lock;		/* what follows */
	bool hold;
	struct list_head held;
	unsigned int held_count;
	unsigned int busy;		/* so often, it says so */
	sector_t bad_from, bad_to;	/* what touches these sectors fails ... */
	blk_status_t bad_status;	/* ... with this */
	unsigned int came;
	struct rqdisk_seen seen[RQ_LOG];
};

int rqdisk_start(void);
void rqdisk_stop(void);
/** rqdisk_create() - @sleeps: it may sleep where it is given a request */
struct rqdisk *rqdisk_create(sector_t sectors, bool sleeps);
void rqdisk_destroy(struct rqdisk *rd);

/** rqdisk_hold() - keep what comes; or no more, and let end what was kept */
void rqdisk_hold(struct rqdisk *rd, bool hold);
unsigned int rqdisk_held(struct rqdisk *rd);
/** rqdisk_busy() - the next @times requests find it busy */
void rqdisk_busy(struct rqdisk *rd, unsigned int times);
/** rqdisk_fail() - fail what touches the sectors from @from to before @to */
void rqdisk_fail(struct rqdisk *rd, sector_t from, sector_t to, blk_status_t status);
unsigned int rqdisk_came(struct rqdisk *rd);
void rqdisk_forget(struct rqdisk *rd);
/** rqdisk_at() - the data of a sector */
void *rqdisk_at(struct rqdisk *rd, sector_t sector);

#endif
