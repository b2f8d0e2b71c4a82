// SPDX-License-Identifier: GPL-2.0
/*
 * Bios that wait: for a resume, for process context, for memory.
 *
 * md->deferred holds bios that are not counted as under way; the worker
 * submits them anew, and does nothing while the gate is closed.
 * md->starved holds bios that are: a drain waits for them, so the worker
 * goes on with them whatever the gate says. Outside ->submit_bio a bio that
 * the worker sends is dispatched at once, so a clone it waits for comes back.
 */
#include "device.h"
#include "io.h"

bool dm_defer_gated(struct mapped_device *md, struct bio *bio)
{
	unsigned long irq;
	bool kept = false;

	spin_lock_irqsave(&md->lock, irq);
	if (md->gate == DM_GATE_DEFER) {
		bio_list_add(&md->deferred, bio);
		kept = true;
	}
	spin_unlock_irqrestore(&md->lock, irq);
	return kept;
}

bool dm_defer_requeue(struct mapped_device *md, struct bio *bio)
{
	unsigned long irq;
	bool kept = false;

	spin_lock_irqsave(&md->lock, irq);
	if (test_bit(DM_DEV_NOFLUSH, &md->flags)) {
		bio_list_add_head(&md->deferred, bio);
		kept = true;
	}
	spin_unlock_irqrestore(&md->lock, irq);
	return kept;
}

void dm_defer_resubmit(struct mapped_device *md, struct bio *bio)
{
	unsigned long irq;

	spin_lock_irqsave(&md->lock, irq);
	bio_list_add(&md->deferred, bio);
	spin_unlock_irqrestore(&md->lock, irq);
	queue_work(md->wq, &md->work);
}

void dm_defer_starved(struct mapped_device *md, struct bio *bio)
{
	unsigned long irq;

	spin_lock_irqsave(&md->lock, irq);
	bio_list_add(&md->starved, bio);
	spin_unlock_irqrestore(&md->lock, irq);
	queue_work(md->wq, &md->work);
}

void dm_defer_run(struct mapped_device *md)
{
	if (!bio_list_empty(&md->deferred))
		queue_work(md->wq, &md->work);
}

/* Take a whole list, so that what is put back is not met again. */
static void defer_take(struct mapped_device *md, struct bio_list *from, struct bio_list *to)
{
	spin_lock_irq(&md->lock);
	*to = *from;
	bio_list_init(from);
	spin_unlock_irq(&md->lock);
}

void dm_defer_work(struct work_struct *work)
{
	struct mapped_device *md = container_of(work, struct mapped_device, work);
	struct bio_list todo;
	struct bio *bio;

	defer_take(md, &md->starved, &todo);
	while ((bio = bio_list_pop(&todo)))
		/* counted, so the table cannot go */
		dm_io_route(md, rcu_dereference_protected(md->active, true), bio, true);

	if (READ_ONCE(md->gate) == DM_GATE_DEFER)
		return;
	defer_take(md, &md->deferred, &todo);
	while ((bio = bio_list_pop(&todo)))
		submit_bio_noacct(bio);
}

void dm_defer_fail_all(struct mapped_device *md)
{
	struct bio_list todo;
	struct bio *bio;

	defer_take(md, &md->deferred, &todo);
	while ((bio = bio_list_pop(&todo)))
		bio_io_error(bio);
}
