/* A host may dlclose the library while a thread that used it still lives, and end that thread later: the destructors of
   its thread-locals are code of the library. It must therefore stay loaded. Takes the path of the library. */
#include <dlfcn.h>
#include <provisor.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static pthread_barrier_t used, closed;
static void *library;

static void *thread(void *unused) {
    static const char config[] = "{\"v\":1,\"job\":\"test.panic\",\"now\":\"2026-01-01T00:00:00Z\"}";
    static const char reply[] = "{\"v\":1,\"id\":\"1\",\"value\":{\"time_zone\":\"panic\"}}";
    provisor_session *(*make)(const char *, size_t);
    int32_t (*step)(provisor_session *, const char *, size_t, const char **, size_t *);
    void (*release)(provisor_session *);
    provisor_session *session;
    const char *out;
    size_t len;
    int32_t told;
    /* ISO C has no conversion from void * to a function; POSIX promises that this one works. */
    *(void **)&make = dlsym(library, "provisor_session_new");
    *(void **)&step = dlsym(library, "provisor_session_step");
    *(void **)&release = dlsym(library, "provisor_session_free");
    session = make(config, sizeof config - 1);
    told = step(session, NULL, 0, &out, &len);
    if (told == PROVISOR_STEP_OP) told = step(session, reply, sizeof reply - 1, &out, &len);
    release(session);
    pthread_barrier_wait(&used);
    pthread_barrier_wait(&closed);
    (void)unused;
    return told == PROVISOR_CLASS_INTERNAL ? NULL : (void *)"the job did not panic";
}

int main(int count, char **arguments) {
    pthread_t running;
    void *wrong = NULL;
    if (count != 2 || (library = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL)) == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    pthread_barrier_init(&used, NULL, 2);
    pthread_barrier_init(&closed, NULL, 2);
    if (pthread_create(&running, NULL, thread, NULL) != 0) return 1;
    pthread_barrier_wait(&used);
    dlclose(library);
    pthread_barrier_wait(&closed);
    pthread_join(running, &wrong);
    if (wrong != NULL) {
        fprintf(stderr, "%s\n", (const char *)wrong);
        return 1;
    }
    puts("the library stayed");
    return 0;
}
