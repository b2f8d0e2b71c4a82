// SPDX-License-Identifier: GPL-2.0
/* Event numbers: of a device, and of all devices for poll(). */
#include <linux/sched/signal.h>

#include "device.h"
#include "event.h"

static atomic_t global_nr = ATOMIC_INIT(0);
static DECLARE_WAIT_QUEUE_HEAD(global_wait);

u32 dm_event_global_nr(void)
{
	return atomic_read(&global_nr);
}

wait_queue_head_t *dm_event_global_wait(void)
{
	return &global_wait;
}

void dm_event_global(void)
{
	atomic_inc(&global_nr);
	wake_up(&global_wait);
}

void dm_device_event(struct mapped_device *md)
{
	atomic_inc(&md->event_nr);
	wake_up(&md->event_wait);
	dm_event_global();
}

int dm_device_event_wait(struct mapped_device *md, u32 nr)
{
	return wait_event_interruptible(md->event_wait, dm_device_event_nr(md) != nr ||
					dm_state_get(md) == DM_STATE_DEAD);
}
