/* A small JET: exports enough of the C API, with files enough, that the first levels can be judged through the bridge.
 *
 * It keeps the contract of the pages where it answers at all. Rows go to the database's file when they are committed, and to
 * the log; a restore copies the databases back. Streaming backups and snapshots it does not have: those exports are missing.
 * Declared on its own, from the public pages: what the bridge declares is checked against this, not with itself.
 *
 *     -DBUG_UNCLEAN    a full backup to a path that does not exist says InvalidPath, and forgets to end
 *     -DBUG_CRASH      JetStopServiceInstance2 with unknown bits writes to address 0
 */
#include <dirent.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef _WIN32
#define EXPORT __declspec(dllexport)
#define make_directory(path) mkdir(path)
#else
#define EXPORT __attribute__((visibility("default")))
#define make_directory(path) mkdir(path, 0777)
#endif

typedef int32_t Err;
typedef uint16_t Wide;
typedef uintptr_t Handle;
typedef struct { uint32_t size, done, total; } Progress;
typedef Err (*Status)(Handle, uint32_t, uint32_t, void *);
typedef struct { uint32_t mark[2], time[2], low, high; } Mark;
typedef struct { uint8_t before[116]; Mark full, incremental, current; uint32_t rest[7]; } Header; /* JET_DBINFOMISC */
typedef struct { uint32_t size, id, type; uint16_t locale[4]; uint32_t most, grbit; } Column;    /* JET_COLUMNDEF */

enum { MOST = 64, PATH = 1024 };
enum { BACKUP = 9, BEGIN = 5, COMPLETE = 6, RESTORE = 8 };
enum { InvalidParameter = -1003, NotInitialized = -1029, AlreadyInitialized = -1030, Stopped = -1329, InvalidPath = -1023,
       TermInProgress = -1000, RestoreInProgress = -506, BackupInProgress = -505, Aborted = -801, NoRecord = -1603 };

typedef struct { int id, owner, open, rows, room; char path[PATH]; uint64_t *made; Header header; } Database;
typedef struct { int id, initialized, stopped, all, restoring, waiting, ending, busy, stop, off, circular, create; char name[64], logs[PATH]; } Instance;
typedef struct { int id, owner, fresh; } Session;
typedef struct { int id, session, database; } Opened; /* a database that a session opened, or a table */
typedef struct { Opened opened; int at; uint64_t made; } Cursor;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static Instance instances[MOST];
static Database databases[MOST];
static Session sessions[MOST];
static Opened opened[MOST];
static Cursor cursors[MOST];
static int last_id = 7;

#define SLOT(table) slot(table, sizeof *table)
#define FIND(table, id) find(table, sizeof *table, (int)(id))
#define LOCKED(...) { pthread_mutex_lock(&lock); Err err = 0; __VA_ARGS__; pthread_mutex_unlock(&lock); return err; }
#define GIVE(code) do { err = (code); goto done; } while (0)

static void *find(void *table, size_t size, int id)
{
    for (int at = 0; at < MOST; at++)
        if (*(int *)((char *)table + at * size) == id && id != 0)
            return (char *)table + at * size;
    return NULL;
}

static void *slot(void *table, size_t size)
{
    for (int at = 0; at < MOST; at++)
        if (*(int *)((char *)table + at * size) == 0) {
            void *free = memset((char *)table + at * size, 0, size);
            *(int *)free = ++last_id;
            return free;
        }
    fprintf(stderr, "stub: a table is full\n");
    exit(1);
}

static void narrow(char *to, const Wide *from)
{
    for (int at = 0; at < PATH - 1 && *from; at++)
        *to++ = *from == '\\' ? '/' : (char)*from, from++;
    *to = '\0';
}

/* ---- files ---------------------------------------------------------------------------------------------------------- */

static int is_folder(const char *path) { struct stat found; return stat(path, &found) == 0 && S_ISDIR(found.st_mode); }
static int is_there(const char *path) { struct stat found; return stat(path, &found) == 0; }
static const char *base(const char *path) { const char *at = strrchr(path, '/'); return at ? at + 1 : path; }

static int next_entry(DIR *folder, char *name)
{
    struct dirent *entry;
    while (folder && (entry = readdir(folder)) != NULL)
        if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
            return snprintf(name, PATH, "%s", entry->d_name);
    return 0;
}

static void join(char *to, const char *folder, const char *name) { snprintf(to, PATH, "%.700s/%.300s", folder, name); }

/* Remove what a folder holds; only its log files with `logs`. */
static void empty(const char *path, int logs)
{
    char name[PATH], whole[PATH];
    DIR *folder = opendir(path);
    while (next_entry(folder, name)) {
        join(whole, path, name);
        if (!logs || (strlen(name) == 15 && strstr(name, ".log")))
            if (remove(whole) != 0 && is_folder(whole) && !logs)
                empty(whole, 0), rmdir(whole);
    }
    if (folder)
        closedir(folder);
}

static void copy(const char *from, const char *to)
{
    char block[4096];
    size_t size;
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    while (in && out && (size = fread(block, 1, sizeof block, in)) > 0)
        fwrite(block, 1, size, out);
    if (in)
        fclose(in);
    if (out)
        fclose(out);
}

static void write_database(const Database *database, const char *path, int mark)
{
    Header header = database->header;
    FILE *file = fopen(path, "wb");
    if (mark)
        header.current.low = header.current.high = (uint32_t)mark;
    if (file == NULL)
        return;
    fwrite(&header, sizeof header, 1, file);
    fwrite(database->made, sizeof *database->made, (size_t)database->rows, file);
    fclose(file);
}

static void add_row(Database *database, uint64_t made)
{
    if (database->rows == database->room)
        database->made = realloc(database->made, (size_t)(database->room = 2 * database->room + 64) * sizeof made);
    database->made[database->rows++] = made;
}

static void read_database(Database *database)
{
    uint64_t made;
    FILE *file = fopen(database->path, "rb");
    if (file && fread(&database->header, sizeof database->header, 1, file) == 1)
        while (fread(&made, sizeof made, 1, file) == 1)
            add_row(database, made);
    if (file)
        fclose(file);
}

/* The highest generation of a folder's closed logs; each is copied to `to`, if that is given. */
static int logs_of(const char *path, const char *to)
{
    char name[PATH], from[PATH], into[PATH];
    int highest = 0, generation;
    DIR *folder = opendir(path);
    while (next_entry(folder, name)) {
        if (strlen(name) != 15 || sscanf(name, "edb%8x.log", (unsigned *)&generation) != 1)
            continue;
        highest = generation > highest ? generation : highest;
        if (to) {
            join(from, path, name);
            join(into, to, name);
            copy(from, into);
        }
    }
    if (folder)
        closedir(folder);
    return highest;
}

static void log_line(const Instance *instance, const char *text)
{
    char path[PATH];
    join(path, instance->logs, "edb.log");
    FILE *file = fopen(path, "ab");
    if (file)
        fputs(text, file), fclose(file);
}

/* Close the current log and begin another; the generation that was closed. The checkpoint keeps the number. */
static int roll(const Instance *instance)
{
    char from[PATH], to[PATH], name[32], chk[PATH];
    int kept = 0, generation = logs_of(instance->logs, NULL);
    join(chk, instance->logs, "edb.chk");
    FILE *file = fopen(chk, "r");
    if (file && fscanf(file, "%d", &kept) == 1 && kept > generation)
        generation = kept;
    if (file)
        fclose(file);
    snprintf(name, sizeof name, "edb%08X.log", (unsigned)++generation);
    join(from, instance->logs, "edb.log");
    join(to, instance->logs, name);
    rename(from, to);
    log_line(instance, "log\n");
    if ((file = fopen(chk, "w")) != NULL)
        fprintf(file, "%d\n", generation), fclose(file);
    return generation;
}

/* ---- instances ------------------------------------------------------------------------------------------------------ */

EXPORT Err JetCreateInstanceW(Handle *handle, const Wide *wide)
{
    char name[PATH] = "";
    if (wide)
        narrow(name, wide);
    LOCKED({
        for (int at = 0; at < MOST; at++)
            if (instances[at].id && strcmp(instances[at].name, name) == 0)
                err = -1086;
        if (err == 0) {
            Instance *made = SLOT(instances);
            snprintf(made->name, sizeof made->name, "%.60s", name);
            *handle = (Handle)made->id;
        }
    })
}

EXPORT Err JetSetSystemParameterW(Handle *handle, Handle session, uint32_t parameter, uintptr_t value, const Wide *text)
{
    char path[PATH] = "";
    (void)session;
    if (text)
        narrow(path, text);
    if (handle == NULL)
        return 0;
    LOCKED({
        Instance *instance = FIND(instances, *handle);
        int late = parameter != 100;
        if (instance == NULL) GIVE(InvalidParameter);
        if (instance->restoring) GIVE(RestoreInProgress);
        if (instance->ending) GIVE(TermInProgress);
        if (instance->stopped) GIVE(Stopped);
        if (instance->initialized && late) GIVE(AlreadyInitialized);
        if (parameter == 2) {
            size_t size = strlen(path);
            memcpy(instance->logs, path, size && path[size - 1] == '/' ? size - 1 : size);
        } else if (parameter == 34)
            instance->off = (path[1] | 32) == 'f';
        else if (parameter == 17)
            instance->circular = value != 0;
        else if (parameter == 100)
            instance->create = value != 0;
    done:;
    })
}

EXPORT Err JetInit(Handle *handle)
{
    LOCKED({
        Instance *instance = FIND(instances, *handle);
        if (instance == NULL) GIVE(InvalidParameter);
        if (instance->restoring) GIVE(RestoreInProgress);
        if (instance->initialized) GIVE(AlreadyInitialized);
        instance->initialized = 1;
        log_line(instance, "begin\n");
    done:;
    })
}

static void forget(int instance)
{
    for (int at = 0; at < MOST; at++) {
        Session *opener = FIND(sessions, opened[at].session);
        if (opener == NULL || opener->owner == instance)
            opened[at].id = 0;
    }
    for (int at = 0; at < MOST; at++) {
        if (sessions[at].id && sessions[at].owner == instance)
            sessions[at].id = 0;
        if (databases[at].id && databases[at].owner == instance)
            databases[at].id = 0, free(databases[at].made);
    }
}

EXPORT Err JetTerm2(Handle handle, uint32_t grbit)
{
    LOCKED({
        Instance *instance = FIND(instances, handle);
        if (instance == NULL) GIVE(InvalidParameter);
        if (instance->restoring) GIVE(RestoreInProgress);
        if (instance->ending || instance->waiting) GIVE(TermInProgress);
        if (instance->busy && !(grbit & 4)) GIVE(BackupInProgress);
        instance->waiting = 1;
        while (instance->busy)
            pthread_cond_wait(&changed, &lock);
        forget(instance->id);
        instance->id = 0;
    done:;
    })
}

EXPORT Err JetTerm(Handle handle) { return JetTerm2(handle, 0); }

#define STOP(name, parameters, body) EXPORT Err name parameters LOCKED({ \
        Instance *instance = FIND(instances, handle); \
        if (instance == NULL || !instance->initialized) GIVE(InvalidParameter); \
        body; \
    done:; })

STOP(JetStopServiceInstance, (Handle handle), instance->stopped = 1)
STOP(JetStopBackupInstance, (Handle handle), instance->stop = instance->busy)

EXPORT Err JetStopServiceInstance2(Handle handle, uint32_t grbit)
{
    LOCKED({
        Instance *instance = FIND(instances, handle);
        if (instance == NULL || !instance->initialized) GIVE(InvalidParameter);
        if (grbit & ~0x80000006u) {
#ifdef BUG_CRASH
            *(volatile int *)0 = 1;
#endif
            GIVE(-900);
        }
        if ((grbit & 0x80000000u) && instance->all) GIVE(Stopped);
        if (grbit == 0)
            instance->stopped = instance->all = 1;
    done:;
    })
}

/* ---- sessions and databases ----------------------------------------------------------------------------------------- */

EXPORT Err JetBeginSessionW(Handle handle, Handle *session, const Wide *user, const Wide *password)
{
    (void)user, (void)password;
    LOCKED({
        Instance *instance = FIND(instances, handle);
        if (instance == NULL) GIVE(InvalidParameter);
        if (instance->restoring) GIVE(RestoreInProgress);
        if (!instance->initialized) GIVE(NotInitialized);
        if (instance->waiting) GIVE(TermInProgress);
        if (instance->stopped) GIVE(Stopped);
        Session *made = SLOT(sessions);
        made->owner = instance->id;
        *session = (Handle)made->id;
    done:;
    })
}

/* The instance of a session, or why there is none; a stopped one serves only what closes. */
static Err enter(Handle session, int closes, Instance **instance)
{
    Session *found = FIND(sessions, session);
    if (found == NULL)
        return -1104;
    *instance = FIND(instances, found->owner);
    return (*instance)->waiting ? TermInProgress : (*instance)->stopped && !closes ? Stopped : 0;
}

EXPORT Err JetEndSession(Handle session, uint32_t grbit)
{
    (void)grbit;
    LOCKED({
        Instance *instance;
        if ((err = enter(session, 1, &instance)) != 0) GIVE(err);
        for (int at = 0; at < MOST; at++)
            if (opened[at].id && opened[at].session == (int)session) {
                Database *database = FIND(databases, opened[at].database);
                opened[at].id = 0;
                if (database)
                    database->open--;
            }
        ((Session *)FIND(sessions, session))->id = 0;
    done:;
    })
}

static Database *attached(const Instance *instance, const char *path)
{
    for (int at = 0; at < MOST; at++)
        if (databases[at].id && databases[at].owner == instance->id && strcmp(databases[at].path, path) == 0)
            return &databases[at];
    return NULL;
}

static void open_it(Handle session, Database *database, uint32_t *id)
{
    Opened *made = SLOT(opened);
    made->session = (int)session;
    made->database = database->id;
    database->open++;
    *id = (uint32_t)made->id;
}

static Database *attach(const Instance *instance, const char *path)
{
    Database *made = SLOT(databases);
    made->owner = instance->id;
    snprintf(made->path, PATH, "%s", path);
    return made;
}

EXPORT Err JetCreateDatabaseW(Handle session, const Wide *wide, const Wide *connect, uint32_t *id, uint32_t grbit)
{
    char path[PATH];
    (void)connect, (void)grbit;
    narrow(path, wide);
    LOCKED({
        Instance *instance;
        if ((err = enter(session, 0, &instance)) != 0) GIVE(err);
        if (is_there(path)) GIVE(-1201);
        Database *made = attach(instance, path);
        write_database(made, path, 0);
        log_line(instance, "create\n");
        open_it(session, made, id);
    done:;
    })
}

EXPORT Err JetOpenDatabaseW(Handle session, const Wide *wide, const Wide *connect, uint32_t *id, uint32_t grbit)
{
    char path[PATH];
    (void)connect, (void)grbit;
    narrow(path, wide);
    LOCKED({
        Instance *instance;
        if ((err = enter(session, 0, &instance)) != 0) GIVE(err);
        if (attached(instance, path) == NULL) GIVE(-1203);
        open_it(session, attached(instance, path), id);
    done:;
    })
}

EXPORT Err JetCloseDatabase(Handle session, uint32_t id, uint32_t grbit)
{
    (void)grbit;
    LOCKED({
        Instance *instance;
        if ((err = enter(session, 1, &instance)) != 0) GIVE(err);
        Opened *found = FIND(opened, id);
        Database *database = found && found->session == (int)session ? FIND(databases, found->database) : NULL;
        if (database == NULL) GIVE(-1010);
        database->open--;
        found->id = 0;
    done:;
    })
}

EXPORT Err JetAttachDatabaseW(Handle session, const Wide *wide, uint32_t grbit)
{
    char path[PATH];
    (void)grbit;
    narrow(path, wide);
    LOCKED({
        Instance *instance;
        if ((err = enter(session, 0, &instance)) != 0) GIVE(err);
        if (attached(instance, path)) GIVE(1007);
        if (instance->busy) GIVE(BackupInProgress);
        if (!is_there(path)) GIVE(-1811);
        read_database(attach(instance, path));
    done:;
    })
}

EXPORT Err JetDetachDatabaseW(Handle session, const Wide *wide)
{
    char path[PATH] = "";
    if (wide)
        narrow(path, wide);
    LOCKED({
        Instance *instance;
        if ((err = enter(session, 1, &instance)) != 0) GIVE(err);
        Database *database = attached(instance, path);
        if (database == NULL) GIVE(-1203);
        if (instance->busy) GIVE(BackupInProgress);
        if (database->open) GIVE(-1202);
        database->id = 0;
        free(database->made);
    done:;
    })
}

EXPORT Err JetGetDatabaseFileInfoW(const Wide *wide, void *result, uint32_t size, uint32_t level)
{
    char path[PATH];
    narrow(path, wide);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return -1811;
    Err err = level == 14 && size == sizeof(Header) && fread(result, size, 1, file) == 1 ? 0 : InvalidParameter;
    fclose(file);
    return err;
}

/* ---- rows: every database has one table with two columns -------------------------------------------------------------- */

EXPORT Err JetBeginTransaction(Handle session)
LOCKED({ Instance *instance; if ((err = enter(session, 0, &instance)) == 0) ((Session *)FIND(sessions, session))->fresh = 0; })

EXPORT Err JetCommitTransaction(Handle session, uint32_t grbit)
{
    (void)grbit;
    LOCKED({
        Instance *instance;
        if ((err = enter(session, 0, &instance)) != 0) GIVE(err);
        for (int at = 0; at < MOST; at++) /* a file is written for those that this session changed, whole */
            if (cursors[at].opened.id && cursors[at].opened.session == (int)session) {
                Database *database = FIND(databases, cursors[at].opened.database);
                write_database(database, database->path, 0);
                log_line(instance, "rows\n");
            }
    done:;
    })
}

EXPORT Err JetRollback(Handle session, uint32_t grbit) { (void)session, (void)grbit; return 0; }

EXPORT Err JetOpenTableW(Handle session, uint32_t id, const Wide *name, const void *parameters, uint32_t size, uint32_t grbit, Handle *table)
{
    (void)name, (void)parameters, (void)size, (void)grbit;
    LOCKED({
        Instance *instance;
        if ((err = enter(session, 0, &instance)) != 0) GIVE(err);
        Opened *found = FIND(opened, id);
        if (found == NULL || found->session != (int)session || FIND(databases, found->database) == NULL) GIVE(-1010);
        Cursor *made = SLOT(cursors);
        made->opened.session = (int)session;
        made->opened.database = found->database;
        *table = (Handle)made->opened.id;
    done:;
    })
}

EXPORT Err JetCreateTableW(Handle session, uint32_t id, const Wide *name, uint32_t pages, uint32_t density, Handle *table)
{
    (void)pages, (void)density;
    return JetOpenTableW(session, id, name, NULL, 0, 0, table);
}

EXPORT Err JetAddColumnW(Handle session, Handle table, const Wide *name, const Column *column, const void *value, uint32_t size, uint32_t *id)
{
    (void)session, (void)value, (void)size;
    *id = *name == 'i' ? 1 : 2;
    return column->size != 28 || FIND(cursors, table) == NULL ? InvalidParameter : 0;
}

EXPORT Err JetGetTableColumnInfoW(Handle session, Handle table, const Wide *name, void *result, uint32_t size, uint32_t level)
{
    (void)session;
    if (FIND(cursors, table) == NULL || size != 28 || level != 0)
        return InvalidParameter;
    ((Column *)result)->id = *name == 'i' ? 1 : 2;
    return 0;
}

EXPORT Err JetCloseTable(Handle session, Handle table)
LOCKED({ (void)session; Cursor *cursor = FIND(cursors, table); if (cursor) cursor->opened.id = 0; else err = InvalidParameter; })

EXPORT Err JetPrepareUpdate(Handle session, Handle table, uint32_t kind) { (void)session, (void)table; return kind == 0 ? 0 : InvalidParameter; }

EXPORT Err JetSetColumn(Handle session, Handle table, uint32_t column, const void *data, uint32_t size, uint32_t grbit, void *more)
LOCKED({ (void)session; (void)grbit; (void)more; (void)size; Cursor *cursor = FIND(cursors, table);
    if (cursor && column == 2) memcpy(&cursor->made, data, 8); else err = InvalidParameter; })

EXPORT Err JetUpdate(Handle session, Handle table, void *bookmark, uint32_t size, uint32_t *used)
LOCKED({ (void)session; (void)bookmark; (void)size; (void)used; Cursor *cursor = FIND(cursors, table);
    add_row(FIND(databases, cursor->opened.database), cursor->made); })

EXPORT Err JetMove(Handle session, Handle table, int32_t rows, uint32_t grbit)
LOCKED({ (void)session; (void)grbit; Cursor *cursor = FIND(cursors, table);
    cursor->at = rows == INT32_MIN ? 1 : cursor->at + rows;
    err = cursor->at > ((Database *)FIND(databases, cursor->opened.database))->rows ? NoRecord : 0; })

EXPORT Err JetRetrieveColumn(Handle session, Handle table, uint32_t column, void *data, uint32_t size, uint32_t *used, uint32_t grbit, void *more)
LOCKED({ (void)session; (void)grbit; (void)more; Cursor *cursor = FIND(cursors, table); int32_t number = cursor->at;
    Database *database = FIND(databases, cursor->opened.database);
    memcpy(data, column == 1 ? (void *)&number : (void *)&database->made[number - 1], size); *used = size; })

/* ---- backup and restore ------------------------------------------------------------------------------------------------ */

static Err report(Status status, uint32_t snp, uint32_t snt, uint32_t done)
{
    Progress progress = {sizeof progress, done, 100};
    pthread_mutex_unlock(&lock);
    Err answer = status ? status(0, snp, snt, &progress) : 0;
    pthread_mutex_lock(&lock);
    return answer < 0 ? answer : 0;
}

static Err guards(const Instance *instance, uint32_t grbit, const char *path)
{
    if (instance == NULL) return InvalidParameter;
    if (instance->restoring) return RestoreInProgress;
    if (!instance->initialized) return NotInitialized;
    if (instance->stopped) return Stopped;
    if (instance->waiting) return TermInProgress;
    if (instance->off) return -516;
    if (grbit & ~5u || grbit == 5) return -900;
    if (instance->busy) return BackupInProgress;
    if ((grbit & 1) && instance->circular && path) return -526;
    for (int at = 0; at < MOST && (grbit & 1) && path; at++)
        if (databases[at].id && databases[at].owner == instance->id && databases[at].header.full.high == 0)
            return -560;
    return 0;
}

/* The folder must be there, or be made, and hold nothing but, for an atomic backup, an earlier one. */
static Err prepare(const Instance *instance, uint32_t grbit, const char *path)
{
    char name[PATH];
    if (*path == '\0' || (is_there(path) && !is_folder(path)))
        return InvalidPath;
    if (!is_there(path)) {
        char part[PATH];
        for (const char *at = path; instance->create && (at = strchr(at + 1, '/')) != NULL;)
            snprintf(part, PATH, "%.*s", (int)(at - path), path), make_directory(part);
        if (!instance->create || make_directory(path) != 0)
            return InvalidPath;
    }
    DIR *folder = opendir(path);
    Err err = 0;
    while (!(grbit & 1) && next_entry(folder, name))
        if (!(grbit & 4) || strcmp(name, "new"))
            err = -504;
    closedir(folder);
    return err;
}

static Err copying(Instance *instance, uint32_t grbit, const char *path, Status status)
{
    char into[PATH], file[PATH];
    snprintf(into, PATH, "%.900s%s", path, grbit & 4 ? "/temp" : "");
    join(file, path, "new");
    if ((grbit & 1) && is_folder(file)) /* beside the atomic set that it continues */
        strcpy(into, file);
    Err err = grbit & 1 ? 0 : report(status, BACKUP, BEGIN, 0);
    if (err == 0 && (instance->stop || instance->waiting))
        err = Aborted;
    if (err != 0)
        return err;
    make_directory(into);
    int generation = roll(instance), incremental = grbit & 1;
    for (int at = 0; at < MOST && !incremental; at++)
        if (databases[at].id && databases[at].owner == instance->id) {
            join(file, into, base(databases[at].path));
            write_database(&databases[at], file, generation);
        }
    logs_of(instance->logs, into);
    if (!incremental)
        err = report(status, BACKUP, COMPLETE, 100);
    if (err == 0 && (instance->stop || instance->waiting))
        err = Aborted;
    if (err != 0) {
        empty(into, incremental);
        if (grbit & 4)
            rmdir(into);
        return err;
    }
    if (grbit & 4) {
        join(file, path, "new");
        empty(file, 0), rmdir(file);
        rename(into, file);
    }
    empty(instance->logs, 1);
    for (int at = 0; at < MOST; at++)
        if (databases[at].id && databases[at].owner == instance->id) {
            Header *header = &databases[at].header;
            Mark mark = {{0, (uint32_t)generation}, {0, 0}, (uint32_t)generation, (uint32_t)generation};
            if (!incremental)
                memset(&header->incremental, 0, sizeof mark);
            *(incremental ? &header->incremental : &header->full) = mark;
            write_database(&databases[at], databases[at].path, 0);
        }
    return 0;
}

EXPORT Err JetBackupInstanceW(Handle handle, const Wide *wide, uint32_t grbit, Status status)
{
    char path[PATH] = "";
    if (wide)
        narrow(path, wide);
    LOCKED({
        Instance *instance = FIND(instances, handle);
        if ((err = guards(instance, grbit, wide ? path : NULL)) != 0) GIVE(err);
        if (wide == NULL) GIVE(0); /* there is nothing to truncate: each backup did */
        instance->busy = 1;
        instance->stop = 0;
        err = prepare(instance, grbit, path);
#ifdef BUG_UNCLEAN
        if (err == InvalidPath && grbit == 0) GIVE(err);
#endif
        if (err == 0)
            err = copying(instance, grbit, path, status);
        instance->busy = instance->stop = 0;
        pthread_cond_broadcast(&changed);
    done:;
    })
}

/* Where the set is: an atomic one lies in `new`. */
static int is_set(char *path)
{
    char name[PATH], file[PATH];
    int found = 0;
    join(file, path, "new");
    if (is_folder(file))
        strcpy(path, file);
    DIR *folder = opendir(path);
    while (next_entry(folder, name))
        found |= strstr(name, ".edb") != NULL;
    if (folder)
        closedir(folder);
    return found;
}

EXPORT Err JetRestoreInstanceW(Handle handle, const Wide *wide, const Wide *destination, Status status)
{
    char path[PATH] = "", to[PATH] = "", name[PATH], from[PATH], file[PATH];
    if (wide)
        narrow(path, wide);
    if (destination)
        narrow(to, destination);
    LOCKED({
        Instance *instance = FIND(instances, handle);
        if (instance == NULL || wide == NULL) GIVE(InvalidParameter);
        if (instance->restoring) GIVE(RestoreInProgress);
        if (instance->initialized) GIVE(AlreadyInitialized);
        if (!is_folder(path)) GIVE(InvalidPath);
        if (destination && !is_folder(to) && !(instance->create && make_directory(to) == 0)) GIVE(InvalidPath);
        if (!is_set(path)) GIVE(-1811);
        instance->restoring = 1;
        if ((err = report(status, RESTORE, BEGIN, 0)) == 0) {
            DIR *folder = opendir(path);
            while (next_entry(folder, name))
                if (strstr(name, ".edb")) {
                    Database copied = {0};
                    join(from, path, name);
                    join(file, destination ? to : instance->logs, name);
                    snprintf(copied.path, PATH, "%s", from);
                    read_database(&copied);
                    copied.header.full = copied.header.current;
                    memset(&copied.header.current, 0, sizeof copied.header.current);
                    write_database(&copied, file, 0);
                    free(copied.made);
                }
            closedir(folder);
            err = report(status, RESTORE, COMPLETE, 100);
        }
        instance->restoring = 0;
    done:;
    })
}
