/* SPDX-License-Identifier: GPL-2.0 */
/* The number of events of all devices, on which poll() waits. */
#ifndef DM_EVENT_H
#define DM_EVENT_H

#include <linux/types.h>
#include <linux/wait.h>

/** dm_event_global() - something happened that a poller wants to know */
void dm_event_global(void);
/** dm_event_global_nr() - how often so far */
u32 dm_event_global_nr(void);
/** dm_event_global_wait() - woken by each dm_event_global() */
wait_queue_head_t *dm_event_global_wait(void);

#endif
