// SPDX-License-Identifier: GPL-2.0
/*
 * Threads for what may block: I/O of a device that is or gets suspended, waits
 * for events, and every control call made while such I/O hangs.
 *
 * Whether a call blocks is part of the log. It is decided by the state of the
 * thread, never by time alone: a job that nothing can hold up must end, a job
 * that something may hold up is said to block once it sleeps and stays asleep.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "oracle.h"

#define LIMIT_MS	20000
#define STABLE		80	/* samples, one a millisecond */

enum state { IDLE, BUSY, DONE };

struct worker {
	pthread_t thread;
	volatile pid_t tid;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	volatile enum state state;
	volatile bool started;
	bool signalled;		/* a wait that has to end now */
	uint64_t suspended;	/* the devices it was last seen to wait for */
	struct job job;
};

static struct worker workers[WORKERS];
static unsigned long calls;

static void *worker_main(void *arg)
{
	struct worker *w = arg;

	w->tid = gettid();
	for (;;) {
		pthread_mutex_lock(&w->lock);
		while (w->state != BUSY)
			pthread_cond_wait(&w->wake, &w->lock);
		pthread_mutex_unlock(&w->lock);
		w->started = true;
		w->job.run(&w->job);
		__sync_synchronize();
		w->state = DONE;
	}
	return NULL;
}

static void on_signal(int nr)
{
	(void)nr;
}

static void nap(long us)
{
	struct timespec ts = { 0, us * 1000 };

	nanosleep(&ts, NULL);
}

void workers_init(void)
{
	struct sigaction sa = { .sa_handler = on_signal };
	unsigned int i;

	sigaction(SIGUSR1, &sa, NULL);
	for (i = 0; i < WORKERS; i++) {
		struct worker *w = &workers[i];

		pthread_mutex_init(&w->lock, NULL);
		pthread_cond_init(&w->wake, NULL);
		if (pthread_create(&w->thread, NULL, worker_main, w))
			die("no thread");
		while (!w->tid)
			nap(100);
	}
}

static struct worker *worker_of(struct job *job)
{
	return (struct worker *)((char *)job - offsetof(struct worker, job));
}

/* A share of the workers only for waits: I/O must always find one. */
struct job *worker_get(enum job_kind kind)
{
	unsigned int i, first = kind == JOB_WAIT ? WORKERS - WAITERS : 0;

	for (i = first; i < WORKERS; i++) {
		struct worker *w = &workers[i];
		struct text keep = w->job.result;

		if (w->state != IDLE)
			continue;
		memset(&w->job, 0, sizeof(w->job));
		w->job.kind = kind;
		w->job.result = keep;
		text_reset(&w->job.result);
		text_add(&w->job.result, "%s", "");
		return &w->job;
	}
	return NULL;
}

void worker_start(struct job *job)
{
	struct worker *w = worker_of(job);

	job->call = ++calls;
	pthread_mutex_lock(&w->lock);
	w->started = false;
	w->signalled = false;
	w->state = BUSY;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
}

static char thread_state(pid_t tid)
{
	char path[64], buf[512], *p;
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	f = fopen(path, "r");
	if (!f)
		return '?';
	n = fread(buf, 1, sizeof(buf) - 1, f);
	fclose(f);
	buf[n] = 0;
	p = strrchr(buf, ')');
	return p && p[1] ? p[2] : '?';
}

/*
 * True: the job is done. False: it sleeps, and will until something happens.
 * Whoever waits for an event is woken within the call that makes the event, so
 * one look is enough; I/O comes back by way of other threads.
 */
static bool worker_look(struct worker *w, bool again)
{
	uint64_t suspended = quiet_suspended();
	bool may_block = w->job.kind == JOB_WAIT ? !w->signalled : !!suspended;
	unsigned int stable = 0, ms, need = STABLE;

	if (w->job.kind == JOB_WAIT && w->job.op == DM_DEV_WAIT_CMD)
		need = again ? 1 : 2;
	/* It was hung up by these very devices before: nothing has changed. */
	if (again && w->job.kind == JOB_IO && suspended == w->suspended)
		return w->state == DONE;
	w->suspended = suspended;
	for (ms = 0; ms < LIMIT_MS; ms++) {
		char s;

		if (w->state == DONE)
			return true;
		s = w->started ? thread_state(w->tid) : 'R';
		if (s == 'S' || s == 'D')
			stable++;
		else
			stable = 0;
		if (may_block && stable >= need)
			return false;
		nap(s == 'R' ? 50 : 1000);
	}
	log_add("  HANGS\n");
	die("a call hangs");
}

static void worker_report(struct worker *w, const char *prefix)
{
	log_add("%s", prefix);
	if (w->job.report)
		w->job.report(&w->job);
	log_text(w->job.result.s);
	w->state = IDLE;
}

static void signal_waiters(void)
{
	unsigned int i;

	for (i = 0; i < WORKERS; i++)
		if (workers[i].state == BUSY &&
		    workers[i].job.kind == JOB_WAIT &&
		    workers[i].job.op == DM_DEV_WAIT_CMD) {
			workers[i].signalled = true;
			pthread_kill(workers[i].thread, SIGUSR1);
		}
}

bool workers_waiting(void)
{
	unsigned int i;

	for (i = 0; i < WORKERS; i++)
		if (workers[i].state != IDLE &&
		    workers[i].job.kind == JOB_WAIT)
			return true;
	return false;
}

void worker_finish(struct job *job)
{
	struct worker *w = worker_of(job);

	if (worker_look(w, false)) {
		worker_report(w, "");
		return;
	}
	log_add("  blocks as job %lu\n", job->call);
	if (job->kind == JOB_IO || job->op == DM_DEV_WAIT_CMD)
		return;
	/*
	 * Any other control call may hold a lock: do not leave it there. What
	 * it waits for is I/O, or (removal) a waiter that still has the device.
	 */
	pthread_kill(w->thread, SIGUSR1);
	if (worker_look(w, false)) {
		worker_report(w, "  after a signal:\n");
		return;
	}
	signal_waiters();
	if (worker_look(w, false))
		worker_report(w, "  after the waiters are gone:\n");
	else
		log_add("  and does not end on a signal\n");
}

/* Report what has ended since; @disturbed: the last call may have ended I/O. */
void workers_settle(bool disturbed)
{
	unsigned int i;

	for (i = 0; i < WORKERS; i++) {
		struct worker *w = &workers[i];
		char prefix[48];

		if (w->state == IDLE)
			continue;
		if (w->state == BUSY && !disturbed && w->job.kind == JOB_IO)
			continue;
		if (!worker_look(w, true))
			continue;
		snprintf(prefix, sizeof(prefix), "  now job %lu:\n", w->job.call);
		worker_report(w, prefix);
	}
}

bool workers_blocked_io(void)
{
	unsigned int i;

	for (i = 0; i < WORKERS; i++)
		if (workers[i].state != IDLE && workers[i].job.kind == JOB_IO)
			return true;
	return false;
}

void workers_signal(void)
{
	signal_waiters();
	workers_settle(true);
}

/* The end of a seed: whatever still blocks must come back. */
void workers_rescue(void)
{
	unsigned int i;

	quiet_resume_all();
	workers_signal();
	for (i = 0; i < WORKERS; i++)
		if (workers[i].state != IDLE)
			die("job %lu still blocks at the end",
			    workers[i].job.call);
}
