/* The bridge: loads a library that exports the JET C API, and makes the calls that arrive as lines of JSON.
 *
 *     bridge [LIBRARY]        the library is the system's esent.dll unless it is named
 *
 * It speaks version 1 of the process protocol (docs/protocol.md) on its standard input and output. It observes and never
 * judges: names become handles, paths become absolute, and what the library answers is passed on as it is. One C11 file
 * without any header of the engine: what of the API is used is declared below, and docs/esent.md cites the source of each
 * declaration. Diagnostics go to standard error. Builds with MSVC, mingw-w64, gcc and clang.
 */
#ifdef _WIN32
#define WIN32_LEAN_AND_MEAN
#define _CRT_SECURE_NO_WARNINGS
#include <windows.h>
#include <fcntl.h>
#include <io.h>
#else
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>
#endif
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef _MSC_VER
#define THREAD_LOCAL __declspec(thread)
#else
#define THREAD_LOCAL __thread
#endif

#define LINE_LIMIT (16u << 20) /* bytes of a line of the protocol */
#define READ_LIMIT (8u << 20)  /* bytes of one JetReadFileInstance that, as base64, surely fit a line */

static void diagnose(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("bridge: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    fflush(stderr);
    va_end(arguments);
}

/* ---- the system: one lock, one condition, threads, the library, folders ------------------------------------------ */

#ifdef _WIN32

#define SEPARATOR '\\'
#define DEFAULT_LIBRARY "esent.dll"

static SRWLOCK lock_word = SRWLOCK_INIT;
static CONDITION_VARIABLE changed = CONDITION_VARIABLE_INIT;
static SRWLOCK output_word = SRWLOCK_INIT;

static void lock(void) { AcquireSRWLockExclusive(&lock_word); }
static void unlock(void) { ReleaseSRWLockExclusive(&lock_word); }
static void wait_for_change(void) { SleepConditionVariableSRW(&changed, &lock_word, INFINITE, 0); }
static void tell_change(void) { WakeAllConditionVariable(&changed); }
static void lock_output(void) { AcquireSRWLockExclusive(&output_word); }
static void unlock_output(void) { ReleaseSRWLockExclusive(&output_word); }

/* As a process that dies does: nothing of the library runs any more. */
static void end_process(int status)
{
    TerminateProcess(GetCurrentProcess(), (UINT)status);
    for (;;)
        Sleep(INFINITE);
}

#else

#define SEPARATOR '/'
#define DEFAULT_LIBRARY "libesent.so"

static pthread_mutex_t lock_word = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_mutex_t output_word = PTHREAD_MUTEX_INITIALIZER;

static void lock(void) { pthread_mutex_lock(&lock_word); }
static void unlock(void) { pthread_mutex_unlock(&lock_word); }
static void wait_for_change(void) { pthread_cond_wait(&changed, &lock_word); }
static void tell_change(void) { pthread_cond_broadcast(&changed); }
static void lock_output(void) { pthread_mutex_lock(&output_word); }
static void unlock_output(void) { pthread_mutex_unlock(&output_word); }
static void end_process(int status) { _exit(status); }

#endif

static void *grown(void *block, size_t size)
{
    void *result = realloc(block, size ? size : 1);
    if (result == NULL) {
        diagnose("out of memory");
        end_process(2);
    }
    return result;
}

static char *copied(const char *text)
{
    size_t size = strlen(text) + 1;
    return memcpy(grown(NULL, size), text, size);
}

/* ---- text: a growing buffer, JSON strings, UTF-16 ----------------------------------------------------------------- */

typedef struct {
    char *data;
    size_t size, room;
} Text;

static void text_bytes(Text *text, const char *data, size_t size)
{
    if (text->size + size + 1 > text->room) {
        text->room = 2 * (text->size + size + 1);
        text->data = grown(text->data, text->room);
    }
    memcpy(text->data + text->size, data, size);
    text->size += size;
    text->data[text->size] = '\0';
}

static void text_add(Text *text, const char *format, ...)
{
    char part[128]; /* enough for every format below: long texts go through text_bytes */
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(part, sizeof part, format, arguments);
    va_end(arguments);
    text_bytes(text, part, (size_t)size);
}

static void text_string(Text *text, const char *string)
{
    text_bytes(text, "\"", 1);
    for (const unsigned char *at = (const unsigned char *)string; *at; at++) {
        if (*at == '"' || *at == '\\')
            text_add(text, "\\%c", *at);
        else if (*at < 0x20)
            text_add(text, "\\u%04x", *at);
        else
            text_bytes(text, (const char *)at, 1);
    }
    text_bytes(text, "\"", 1);
}

static void text_base64(Text *text, const unsigned char *data, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    text_bytes(text, "\"", 1);
    for (size_t at = 0; at < size; at += 3) {
        uint32_t word = (uint32_t)data[at] << 16;
        word |= at + 1 < size ? (uint32_t)data[at + 1] << 8 : 0;
        word |= at + 2 < size ? data[at + 2] : 0;
        char four[4] = {digits[word >> 18], digits[word >> 12 & 63], digits[word >> 6 & 63], digits[word & 63]};
        if (at + 1 >= size)
            four[2] = '=';
        if (at + 2 >= size)
            four[3] = '=';
        text_bytes(text, four, 4);
    }
    text_bytes(text, "\"", 1);
}

static void text_code_point(Text *text, uint32_t code)
{
    char bytes[4];
    size_t size = 0;
    if (code < 0x80) {
        bytes[size++] = (char)code;
    } else if (code < 0x800) {
        bytes[size++] = (char)(0xC0 | code >> 6);
        bytes[size++] = (char)(0x80 | (code & 63));
    } else if (code < 0x10000) {
        bytes[size++] = (char)(0xE0 | code >> 12);
        bytes[size++] = (char)(0x80 | (code >> 6 & 63));
        bytes[size++] = (char)(0x80 | (code & 63));
    } else {
        bytes[size++] = (char)(0xF0 | code >> 18);
        bytes[size++] = (char)(0x80 | (code >> 12 & 63));
        bytes[size++] = (char)(0x80 | (code >> 6 & 63));
        bytes[size++] = (char)(0x80 | (code & 63));
    }
    text_bytes(text, bytes, size);
}

typedef uint16_t JET_WCHAR; /* UTF-16, also where the compiler's wchar_t is wider */

/* UTF-8 from UTF-16; lone surrogates become U+FFFD. To be freed. */
static char *narrow(const JET_WCHAR *wide)
{
    Text text = {0};
    text_bytes(&text, "", 0);
    for (; *wide; wide++) {
        uint32_t code = *wide;
        if (code >= 0xD800 && code < 0xDC00 && wide[1] >= 0xDC00 && wide[1] < 0xE000)
            code = 0x10000 + ((code & 0x3FF) << 10) + (*++wide & 0x3FF);
        else if (code >= 0xD800 && code < 0xE000)
            code = 0xFFFD;
        text_code_point(&text, code);
    }
    return text.data;
}

/* UTF-16 from UTF-8, which the parser made and so is well formed but for what the harness sent raw. To be freed. */
static JET_WCHAR *widened(const char *text)
{
    JET_WCHAR *wide = grown(NULL, (strlen(text) + 1) * sizeof *wide), *to = wide;
    for (const unsigned char *at = (const unsigned char *)text; *at;) {
        uint32_t code = *at++;
        int more = code >= 0xF0 ? 3 : code >= 0xE0 ? 2 : code >= 0xC0 ? 1 : 0;
        code &= more == 0 ? 0x7F : 0x3Fu >> more;
        for (; more > 0 && (*at & 0xC0) == 0x80; more--)
            code = code << 6 | (*at++ & 0x3F);
        if (code >= 0x10000) {
            *to++ = (JET_WCHAR)(0xD800 + ((code - 0x10000) >> 10));
            *to++ = (JET_WCHAR)(0xDC00 + (code & 0x3FF));
        } else {
            *to++ = (JET_WCHAR)code;
        }
    }
    *to = 0;
    return wide;
}

/* ---- JSON that comes in ------------------------------------------------------------------------------------------- */

typedef enum { JSON_NULL, JSON_BOOLEAN, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT } JsonKind;

typedef struct Json {
    JsonKind kind;
    int64_t number;       /* of a number or a boolean */
    char *text;           /* of a string, UTF-8 */
    char *key;            /* of a member of an object */
    struct Json *child;   /* of an array or an object: the first */
    struct Json *next;    /* the one after it */
} Json;

static void json_free(Json *json)
{
    while (json != NULL) {
        Json *next = json->next;
        json_free(json->child);
        free(json->text);
        free(json->key);
        free(json);
        json = next;
    }
}

static const char *json_space(const char *at)
{
    while (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n')
        at++;
    return at;
}

static int json_hex(const char *at, uint32_t *code)
{
    *code = 0;
    for (int digit = 0; digit < 4; digit++, at++) {
        int value = *at >= '0' && *at <= '9' ? *at - '0' : (*at | 32) >= 'a' && (*at | 32) <= 'f' ? (*at | 32) - 'a' + 10 : -1;
        if (value < 0)
            return 0;
        *code = *code << 4 | (uint32_t)value;
    }
    return 1;
}

/* The string that begins at `at`, just after its quote; NULL if it does not end or holds what no string may. */
static const char *json_string(const char *at, char **string)
{
    static const char escapes[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    Text text = {0};
    text_bytes(&text, "", 0);
    *string = NULL;
    while (*at != '"') {
        const char *escape;
        uint32_t code, low;
        if ((unsigned char)*at < 0x20) {
            break;
        } else if (*at != '\\') {
            text_bytes(&text, at++, 1);
        } else if (at[1] && (escape = strchr(escapes, at[1])) != NULL) {
            text_bytes(&text, meanings + (escape - escapes), 1);
            at += 2;
        } else if (at[1] == 'u' && json_hex(at + 2, &code) && code != 0) {
            at += 6;
            if (code >= 0xD800 && code < 0xDC00 && at[0] == '\\' && at[1] == 'u' && json_hex(at + 2, &low)
                && low >= 0xDC00 && low < 0xE000) {
                code = 0x10000 + ((code & 0x3FF) << 10) + (low & 0x3FF);
                at += 6;
            }
            text_code_point(&text, code >= 0xD800 && code < 0xE000 ? 0xFFFD : code);
        } else {
            break;
        }
    }
    if (*at != '"') {
        free(text.data);
        return NULL;
    }
    *string = text.data;
    return at + 1;
}

static const char *json_value(const char *at, Json **result, int depth);

/* The members of an object, or the elements of an array, after its bracket. */
static const char *json_members(const char *at, Json *parent, char end, int depth)
{
    Json **last = &parent->child;
    at = json_space(at);
    if (*at == end)
        return at + 1;
    for (;;) {
        char *key = NULL;
        if (end == '}') {
            at = json_space(at);
            if (*at != '"' || (at = json_string(at + 1, &key)) == NULL)
                return NULL;
            at = json_space(at);
            if (*at++ != ':') {
                free(key);
                return NULL;
            }
        }
        at = json_value(at, last, depth + 1);
        if (*last != NULL)
            (*last)->key = key;
        else
            free(key);
        if (at == NULL)
            return NULL;
        last = &(*last)->next;
        at = json_space(at);
        if (*at == end)
            return at + 1;
        if (*at++ != ',')
            return NULL;
    }
}

/* The value at `at`, and where it ends; NULL if there is none. Numbers are integers here: the protocol has no others. */
static const char *json_value(const char *at, Json **result, int depth)
{
    Json *json = memset(grown(NULL, sizeof *json), 0, sizeof *json);
    *result = json;
    at = json_space(at);
    if (depth > 16)
        return NULL;
    if (*at == '"') {
        json->kind = JSON_STRING;
        return json_string(at + 1, &json->text);
    }
    if (*at == '{' || *at == '[') {
        json->kind = *at == '{' ? JSON_OBJECT : JSON_ARRAY;
        return json_members(at + 1, json, *at == '{' ? '}' : ']', depth);
    }
    if (strncmp(at, "null", 4) == 0)
        return at + 4;
    if (strncmp(at, "true", 4) == 0 || strncmp(at, "false", 5) == 0) {
        json->kind = JSON_BOOLEAN;
        json->number = *at == 't';
        return at + (*at == 't' ? 4 : 5);
    }
    char *end;
    json->kind = JSON_NUMBER;
    errno = 0;
    json->number = strtoll(at, &end, 10);
    return end == at || errno != 0 || *end == '.' || *end == 'e' || *end == 'E' ? NULL : end;
}

/* The member of an object; NULL if there is none. */
static const Json *member(const Json *object, const char *key)
{
    for (const Json *at = object != NULL && object->kind == JSON_OBJECT ? object->child : NULL; at != NULL; at = at->next)
        if (strcmp(at->key, key) == 0)
            return at;
    return NULL;
}

static const char *string_of(const Json *object, const char *key)
{
    const Json *found = member(object, key);
    return found != NULL && found->kind == JSON_STRING ? found->text : NULL;
}

static int64_t number_of(const Json *object, const char *key)
{
    const Json *found = member(object, key);
    return found != NULL && (found->kind == JSON_NUMBER || found->kind == JSON_BOOLEAN) ? found->number : 0;
}

/* ---- lines that go out -------------------------------------------------------------------------------------------- */

static int protocol_output = 1;

/* Standard output is the protocol's alone: what a library prints there goes to standard error. */
static void keep_output(void)
{
#ifdef _WIN32
    protocol_output = _dup(1);
    _dup2(2, 1);
    _setmode(protocol_output, _O_BINARY);
    _setmode(0, _O_BINARY);
#else
    protocol_output = dup(1);
    dup2(2, 1);
#endif
}

/* Send a line, and free it. When nobody reads any more the process ends: it was there for the harness alone. */
static void send_line(Text *text)
{
    text_bytes(text, "\n", 1);
    lock_output();
    for (size_t done = 0; done < text->size;) {
#ifdef _WIN32
        unsigned part = text->size - done > 65536 ? 65536 : (unsigned)(text->size - done);
        int size = _write(protocol_output, text->data + done, part);
#else
        ssize_t size = write(protocol_output, text->data + done, text->size - done);
        if (size < 0 && errno == EINTR)
            continue;
#endif
        if (size <= 0)
            end_process(0);
        done += (size_t)size;
    }
    unlock_output();
    free(text->data);
    *text = (Text){0};
}

static void send_event(int64_t id, const char *event)
{
    Text line = {0};
    text_add(&line, "{\"event\":\"%s\",\"id\":%lld}", event, (long long)id);
    send_line(&line);
}

static void send_refusal(const char *why)
{
    Text line = {0};
    text_add(&line, "{\"event\":\"cannot-reset\",\"why\":");
    text_string(&line, why);
    text_add(&line, "}");
    send_line(&line);
}

/* ---- the JET API: types, constants, structures, functions (docs/esent.md cites the source of each) ------------------ */

#if defined(_WIN32) && !defined(_WIN64)
#define JET_API __stdcall
#else
#define JET_API
#endif

typedef int32_t JET_ERR;        /* Microsoft's `long`: 32 bits on every Windows */
typedef uint32_t JET_ULONG;     /* `unsigned long`, likewise */
typedef uint32_t JET_GRBIT;
typedef uint32_t JET_DBID;
typedef uint32_t JET_COLUMNID;
typedef uintptr_t JET_API_PTR;
typedef JET_API_PTR JET_INSTANCE, JET_SESID, JET_TABLEID, JET_HANDLE, JET_OSSNAPID;
typedef JET_ERR(JET_API *JET_PFNSTATUS)(JET_SESID session, JET_ULONG snp, JET_ULONG snt, void *data);

#define JET_instanceNil (~(JET_INSTANCE)0)
#define JET_sesidNil (~(JET_SESID)0)
#define JET_dbidNil ((JET_DBID)0xFFFFFFFF)

enum {
    JET_errSuccess = 0,
    JET_errInvalidParameter = -1003,
    JET_errNotInitialized = -1029,
    JET_errInvalidInstance = -1115,
    JET_errDirtyShutdown = -1116,
    JET_errNoCurrentRecord = -1603,

    JET_paramSystemPath = 0,
    JET_paramTempPath = 1,
    JET_paramLogFilePath = 2,
    JET_paramBaseName = 3,
    JET_paramLogFileSize = 11, /* KB */
    JET_paramCircularLog = 17,
    JET_paramRecovery = 34,
    JET_paramOSSnapshotTimeout = 82, /* ms */
    JET_paramExceptionAction = 98,
    JET_paramCreatePathIfNotExist = 100,
    JET_ExceptionNone = 2,

    JET_bitTermAbrupt = 2,
    JET_bitColumnAutoincrement = 0x10,
    JET_coltypLong = 4,
    JET_coltypLongBinary = 11,
    JET_prepInsert = 0,
    JET_MoveFirst = INT32_MIN,
    JET_MoveNext = 1,
    JET_ColInfo = 0,
    JET_DbInfoMisc = 14,
};

typedef struct {
    JET_ULONG cbStruct, cunitDone, cunitTotal;
} JET_SNPROG;

typedef struct {
    JET_ULONG cbStruct;
    JET_COLUMNID columnid;
    JET_ULONG coltyp;
    uint16_t wCountry, langid, cp, wCollate;
    JET_ULONG cbMax;
    JET_GRBIT grbit;
} JET_COLUMNDEF;

typedef struct {
    uint16_t ib, isec;
    int32_t lGeneration;
} JET_LGPOS;

typedef struct {
    uint8_t bytes[8]; /* JET_LOGTIME and JET_BKLOGTIME: seconds to years, a byte each, and two of flags */
} JET_LOGTIME;

typedef struct {
    uint8_t bytes[28]; /* a random number, a JET_LOGTIME, the name of the machine */
} JET_SIGNATURE;

typedef struct {
    JET_LGPOS lgposMark;
    JET_LOGTIME logtimeMark;
    JET_ULONG genLow, genHigh;
} JET_BKINFO;

typedef struct {
    JET_ULONG ulVersion, ulUpdate;
    JET_SIGNATURE signDb;
    JET_ULONG dbstate;
    JET_LGPOS lgposConsistent;
    JET_LOGTIME logtimeConsistent, logtimeAttach;
    JET_LGPOS lgposAttach;
    JET_LOGTIME logtimeDetach;
    JET_LGPOS lgposDetach;
    JET_SIGNATURE signLog;
    JET_BKINFO bkinfoFullPrev, bkinfoIncPrev, bkinfoFullCur;
    JET_ULONG fShadowingDisabled, fUpgradeDb, dwMajorVersion, dwMinorVersion, dwBuildNumber;
    int32_t lSPNumber;
    JET_ULONG cbPageSize;
} JET_DBINFOMISC;

_Static_assert(sizeof(JET_SNPROG) == 12, "JET_SNPROG");
_Static_assert(sizeof(JET_COLUMNDEF) == 28, "JET_COLUMNDEF");
_Static_assert(sizeof(JET_BKINFO) == 24, "JET_BKINFO");
_Static_assert(sizeof(JET_DBINFOMISC) == 216 && offsetof(JET_DBINFOMISC, bkinfoFullPrev) == 116, "JET_DBINFOMISC");

#define FUNCTIONS(F) \
    F(JetSetSystemParameterW, (JET_INSTANCE *, JET_SESID, JET_ULONG parameter, JET_API_PTR, const JET_WCHAR *)) \
    F(JetCreateInstanceW, (JET_INSTANCE *, const JET_WCHAR *name)) \
    F(JetInit, (JET_INSTANCE *)) \
    F(JetTerm, (JET_INSTANCE)) \
    F(JetTerm2, (JET_INSTANCE, JET_GRBIT)) \
    F(JetStopServiceInstance, (JET_INSTANCE)) \
    F(JetStopServiceInstance2, (JET_INSTANCE, JET_GRBIT)) \
    F(JetStopBackupInstance, (JET_INSTANCE)) \
    F(JetBeginSessionW, (JET_INSTANCE, JET_SESID *, const JET_WCHAR *user, const JET_WCHAR *password)) \
    F(JetEndSession, (JET_SESID, JET_GRBIT)) \
    F(JetCreateDatabaseW, (JET_SESID, const JET_WCHAR *path, const JET_WCHAR *connect, JET_DBID *, JET_GRBIT)) \
    F(JetOpenDatabaseW, (JET_SESID, const JET_WCHAR *path, const JET_WCHAR *connect, JET_DBID *, JET_GRBIT)) \
    F(JetCloseDatabase, (JET_SESID, JET_DBID, JET_GRBIT)) \
    F(JetAttachDatabaseW, (JET_SESID, const JET_WCHAR *path, JET_GRBIT)) \
    F(JetDetachDatabaseW, (JET_SESID, const JET_WCHAR *path)) \
    F(JetBackupInstanceW, (JET_INSTANCE, const JET_WCHAR *path, JET_GRBIT, JET_PFNSTATUS)) \
    F(JetRestoreInstanceW, (JET_INSTANCE, const JET_WCHAR *path, const JET_WCHAR *destination, JET_PFNSTATUS)) \
    F(JetBeginExternalBackupInstance, (JET_INSTANCE, JET_GRBIT)) \
    F(JetGetAttachInfoInstanceW, (JET_INSTANCE, JET_WCHAR *, JET_ULONG bytes, JET_ULONG *used)) \
    F(JetOpenFileInstanceW, (JET_INSTANCE, const JET_WCHAR *path, JET_HANDLE *, JET_ULONG *low, JET_ULONG *high)) \
    F(JetReadFileInstance, (JET_INSTANCE, JET_HANDLE, void *, JET_ULONG bytes, JET_ULONG *read)) \
    F(JetCloseFileInstance, (JET_INSTANCE, JET_HANDLE)) \
    F(JetGetLogInfoInstanceW, (JET_INSTANCE, JET_WCHAR *, JET_ULONG bytes, JET_ULONG *used)) \
    F(JetGetTruncateLogInfoInstanceW, (JET_INSTANCE, JET_WCHAR *, JET_ULONG bytes, JET_ULONG *used)) \
    F(JetTruncateLogInstance, (JET_INSTANCE)) \
    F(JetEndExternalBackupInstance, (JET_INSTANCE)) \
    F(JetEndExternalBackupInstance2, (JET_INSTANCE, JET_GRBIT)) \
    F(JetOSSnapshotPrepare, (JET_OSSNAPID *, JET_GRBIT)) \
    F(JetOSSnapshotPrepareInstance, (JET_OSSNAPID, JET_INSTANCE, JET_GRBIT)) \
    F(JetOSSnapshotFreezeW, (JET_OSSNAPID, JET_ULONG *count, void **instances, JET_GRBIT)) \
    F(JetOSSnapshotThaw, (JET_OSSNAPID, JET_GRBIT)) \
    F(JetOSSnapshotTruncateLog, (JET_OSSNAPID, JET_GRBIT)) \
    F(JetOSSnapshotTruncateLogInstance, (JET_OSSNAPID, JET_INSTANCE, JET_GRBIT)) \
    F(JetOSSnapshotEnd, (JET_OSSNAPID, JET_GRBIT)) \
    F(JetOSSnapshotAbort, (JET_OSSNAPID, JET_GRBIT)) \
    F(JetFreeBuffer, (void *)) \
    F(JetBeginTransaction, (JET_SESID)) \
    F(JetCommitTransaction, (JET_SESID, JET_GRBIT)) \
    F(JetRollback, (JET_SESID, JET_GRBIT)) \
    F(JetCreateTableW, (JET_SESID, JET_DBID, const JET_WCHAR *name, JET_ULONG pages, JET_ULONG density, JET_TABLEID *)) \
    F(JetAddColumnW, (JET_SESID, JET_TABLEID, const JET_WCHAR *, const JET_COLUMNDEF *, const void *, JET_ULONG, JET_COLUMNID *)) \
    F(JetOpenTableW, (JET_SESID, JET_DBID, const JET_WCHAR *, const void *, JET_ULONG, JET_GRBIT, JET_TABLEID *)) \
    F(JetCloseTable, (JET_SESID, JET_TABLEID)) \
    F(JetGetTableColumnInfoW, (JET_SESID, JET_TABLEID, const JET_WCHAR *, void *, JET_ULONG bytes, JET_ULONG level)) \
    F(JetPrepareUpdate, (JET_SESID, JET_TABLEID, JET_ULONG)) \
    F(JetSetColumn, (JET_SESID, JET_TABLEID, JET_COLUMNID, const void *, JET_ULONG bytes, JET_GRBIT, void *)) \
    F(JetUpdate, (JET_SESID, JET_TABLEID, void *, JET_ULONG, JET_ULONG *)) \
    F(JetMove, (JET_SESID, JET_TABLEID, int32_t rows, JET_GRBIT)) \
    F(JetRetrieveColumn, (JET_SESID, JET_TABLEID, JET_COLUMNID, void *, JET_ULONG bytes, JET_ULONG *, JET_GRBIT, void *)) \
    F(JetGetDatabaseFileInfoW, (const JET_WCHAR *path, void *, JET_ULONG bytes, JET_ULONG level)) \
    F(JetGetDatabaseInfoW, (JET_SESID, JET_DBID, void *, JET_ULONG bytes, JET_ULONG level))

#define DECLARED(name, parameters) typedef JET_ERR(JET_API *name##_type) parameters;
#define NUMBERED(name, parameters) name##_number,
#define NAMED(name, parameters) #name,
FUNCTIONS(DECLARED)
enum { NO_FUNCTION, FUNCTIONS(NUMBERED) FUNCTION_COUNT };
static const char *const function_names[] = {"", FUNCTIONS(NAMED)};
static void *functions[FUNCTION_COUNT];

/* The function of the library: JET(JetInit)(&instance). */
#define JET(name) ((name##_type)functions[name##_number])

/* ---- the library, and folders --------------------------------------------------------------------------------------- */

#ifdef _WIN32

static LONG WINAPI on_exception(EXCEPTION_POINTERS *exception)
{
    diagnose("the library raised exception 0x%08lx at %p", (unsigned long)exception->ExceptionRecord->ExceptionCode,
             exception->ExceptionRecord->ExceptionAddress);
    TerminateProcess(GetCurrentProcess(), 3);
    return EXCEPTION_EXECUTE_HANDLER;
}

/* A crash ends the process, and no window asks anybody about it. */
static void die_quietly(void)
{
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX | SEM_NOOPENFILEERRORBOX);
    SetUnhandledExceptionFilter(on_exception);
}

/* The full Windows path of `path`; under Wine one of the host system, /tmp/x, is translated. To be freed. */
static char *native_path(const char *path)
{
    typedef WCHAR *(CDECL * Translate)(const char *);
    JET_WCHAR *wide = NULL;
    union {
        FARPROC found;
        Translate translate;
    } wine = {.found = GetProcAddress(GetModuleHandleW(L"kernel32.dll"), "wine_get_dos_file_name")};
    if (path[0] == '/' && wine.found != NULL) {
        WCHAR *translated = wine.translate(path);
        if (translated != NULL) {
            size_t size = (wcslen(translated) + 1) * sizeof *wide;
            wide = memcpy(grown(NULL, size), translated, size);
            HeapFree(GetProcessHeap(), 0, translated);
        }
    }
    if (wide == NULL)
        wide = widened(path);
    DWORD size = GetFullPathNameW((WCHAR *)wide, 0, NULL, NULL);
    JET_WCHAR *full = grown(NULL, (size + 1) * sizeof *full);
    char *result = size && GetFullPathNameW((WCHAR *)wide, size + 1, (WCHAR *)full, NULL) ? narrow(full) : copied(path);
    free(wide);
    free(full);
    return result;
}

static int make_folder(const char *path)
{
    JET_WCHAR *wide = widened(path);
    int made = CreateDirectoryW((WCHAR *)wide, NULL) || GetLastError() == ERROR_ALREADY_EXISTS;
    free(wide);
    return made;
}

static int enter_folder(const char *path)
{
    JET_WCHAR *wide = widened(path);
    int entered = SetCurrentDirectoryW((WCHAR *)wide);
    free(wide);
    return entered;
}

static int is_path(const char *name) { return strpbrk(name, "/\\:") != NULL; }

static int load_library(const char *name)
{
    char *path = is_path(name) ? native_path(name) : copied(name);
    JET_WCHAR *wide = widened(path);
    HMODULE library = LoadLibraryExW((WCHAR *)wide, NULL, is_path(name) ? LOAD_WITH_ALTERED_SEARCH_PATH : 0);
    if (library == NULL)
        diagnose("%s cannot be loaded: error %lu of Windows", path, (unsigned long)GetLastError());
    for (int number = 1; library != NULL && number < FUNCTION_COUNT; number++)
        functions[number] = (void *)GetProcAddress(library, function_names[number]);
    free(wide);
    free(path);
    return library != NULL;
}

static int same_letter(char one, char other)
{
    one = one == '\\' ? '/' : one >= 'A' && one <= 'Z' ? (char)(one | 32) : one;
    other = other == '\\' ? '/' : other >= 'A' && other <= 'Z' ? (char)(other | 32) : other;
    return one == other;
}

#else

static void die_quietly(void) {}
static char *native_path(const char *path) { return copied(path); }
static int make_folder(const char *path) { return mkdir(path, 0777) == 0 || errno == EEXIST; }
static int enter_folder(const char *path) { return chdir(path) == 0; }
static int same_letter(char one, char other) { return one == other; }

static int load_library(const char *name)
{
    void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL)
        diagnose("%s cannot be loaded: %s", name, dlerror());
    for (int number = 1; library != NULL && number < FUNCTION_COUNT; number++)
        functions[number] = dlsym(library, function_names[number]);
    return library != NULL;
}

#endif

/* ---- where things are: paths below the root --------------------------------------------------------------------------- */

static char *root; /* absolute, without a separator at its end */

static int is_absolute(const char *path)
{
    return path[0] == '/' || path[0] == '\\' || (path[0] != '\0' && path[1] == ':');
}

/* The absolute path of one that is relative to the root, in the separators of the system. To be freed. */
static char *absolute(const char *path)
{
    if (is_absolute(path))
        return native_path(path);
    Text text = {0};
    text_bytes(&text, root, strlen(root));
    text_add(&text, "%c", SEPARATOR);
    text_bytes(&text, path, strlen(path));
    for (char *at = text.data; *at; at++)
        if (*at == '/')
            *at = SEPARATOR;
    return text.data;
}

/* A path argument as the library gets it: null stays null and empty stays empty, which mean what the engine makes of them. */
static JET_WCHAR *path_of(const Json *args, const char *key)
{
    const char *path = string_of(args, key);
    if (path == NULL)
        return NULL;
    if (*path == '\0')
        return widened("");
    char *whole = absolute(path);
    JET_WCHAR *wide = widened(whole);
    free(whole);
    return wide;
}

/* A path of the library as traces have it: relative to the root where it lies below it, and with `/`. To be freed. */
static char *relative(const JET_WCHAR *wide)
{
    char *path = narrow(wide), *from = path;
    if (strncmp(from, "\\\\?\\", 4) == 0)
        from += 4;
    size_t size = strlen(root), same = 0;
    while (same < size && same_letter(from[same], root[same]))
        same++;
    if (same == size && (from[size] == '/' || from[size] == '\\'))
        for (from += size; *from == '/' || *from == '\\';)
            from++;
    memmove(path, from, strlen(from) + 1);
#ifdef _WIN32
    for (char *at = path; *at; at++)
        if (*at == '\\')
            *at = '/';
#endif
    return path;
}

/* ---- names for handles -------------------------------------------------------------------------------------------------- */

typedef enum { INSTANCE, SESSION, DATABASE, FILE_HANDLE } Kind;

typedef struct Name {
    Kind kind;
    char *name;
    JET_API_PTR handle;
    int ended;             /* its handle is stale: it is still passed, as that is what the name stands for */
    char *path;            /* of a database: relative to the root */
    JET_SESID session;     /* of a database: who opened it */
    struct Name *next;
} Name;

#define GARBAGE ((JET_API_PTR)0x0BADBAD1) /* odd: no engine gives out such an address */

static Name *names;
static JET_OSSNAPID last_snapshot = GARBAGE;
static int snapshot_open;  /* a snapshot was prepared and is neither ended nor aborted: then JetTerm2 would wait for good */
static int process_marked; /* a call changed what holds for the whole process */

/* The entry of a name; NULL if it was never given out. To be called under the lock. */
static Name *find_name(Kind kind, const char *name)
{
    for (Name *at = names; at != NULL; at = at->next)
        if (at->kind == kind && strcmp(at->name, name) == 0)
            return at;
    return NULL;
}

/* What a name that was never given out stands for: garbage, but for a session while some instance lives, and a database. Those
   are nil, as retail builds look for nothing else there and would read at the address (docs/esent.md). Under the lock. */
static JET_API_PTR never_given(Kind kind)
{
    int alive = 0;
    for (const Name *at = names; at != NULL; at = at->next)
        alive |= at->kind == INSTANCE && !at->ended;
    return kind == DATABASE ? JET_dbidNil : kind == SESSION && alive ? JET_sesidNil : GARBAGE;
}

static JET_API_PTR handle_of(const Json *args, const char *key, Kind kind)
{
    const char *name = string_of(args, key);
    if (name == NULL && kind == INSTANCE)
        return JET_instanceNil;
    lock();
    Name *found = name != NULL ? find_name(kind, name) : NULL;
    JET_API_PTR handle = found != NULL ? found->handle : never_given(kind);
    unlock();
    return handle;
}

#define THE_INSTANCE (handle_of(args, "instance", INSTANCE))
#define THE_SESSION (handle_of(args, "session", SESSION))
#define THE_DATABASE ((JET_DBID)handle_of(args, "database", DATABASE))
#define THE_FILE (handle_of(args, "file", FILE_HANDLE))
#define THE_GRBIT ((JET_GRBIT)number_of(args, "grbit"))

static void give_name(const Json *args, const char *key, Kind kind, JET_API_PTR handle)
{
    const char *name = string_of(args, key), *path = string_of(args, "path");
    if (name == NULL)
        return;
    JET_SESID session = kind == DATABASE ? THE_SESSION : 0;
    lock();
    Name *entry = find_name(kind, name);
    if (entry == NULL) {
        entry = memset(grown(NULL, sizeof *entry), 0, sizeof *entry);
        entry->kind = kind;
        entry->name = copied(name);
        entry->next = names;
        names = entry;
    }
    free(entry->path);
    entry->path = kind == DATABASE && path != NULL ? copied(path) : NULL;
    entry->session = session;
    entry->handle = handle;
    entry->ended = 0;
    unlock();
}

static void end_name(const Json *args, const char *key, Kind kind)
{
    const char *name = string_of(args, key);
    lock();
    Name *entry = name != NULL ? find_name(kind, name) : NULL;
    if (entry != NULL)
        entry->ended = 1;
    unlock();
}

static void forget_names(void)
{
    while (names != NULL) {
        Name *next = names->next;
        free(names->name);
        free(names->path);
        free(names);
        names = next;
    }
    last_snapshot = GARBAGE;
}

/* ---- clients, calls in flight, the status callback ---------------------------------------------------------------------- */

typedef struct Client {
    char *name;
    Json *first, *last; /* what it is to do next */
    struct Client *next;
} Client;

typedef struct Running {
    int64_t id;
    Client *client;
    int in_callback, answered;
    JET_ERR answer;
    struct Running *outer; /* the call inside whose callback this one is made */
    struct Running *next;  /* all that are open */
} Running;

static Client *clients;
static Running *open_calls;
static int in_flight; /* calls and questions that arrived and are not answered */
static THREAD_LOCAL Running *current;

static void perform(Client *client, Json *message);

/* The next thing that this client is to do, or NULL. To be called under the lock. */
static Json *next_message(Client *client)
{
    Json *message = client->first;
    if (message != NULL) {
        client->first = message->next;
        message->next = NULL;
        if (client->first == NULL)
            client->last = NULL;
    }
    return message;
}

/* The call whose callback this is. A library may report on a thread of its own: then it is the one call that is open. */
static Running *reporting(void)
{
    if (current != NULL)
        return current;
    return open_calls != NULL && open_calls->next == NULL ? open_calls : NULL;
}

/* Report, wait for the answer, and make meanwhile what the same client calls, on this thread. */
static JET_ERR JET_API on_status(JET_SESID session, JET_ULONG snp, JET_ULONG snt, void *data)
{
    (void)session;
    lock();
    Running *call = reporting();
    if (call != NULL) {
        call->in_callback = 1;
        call->answered = 0;
    }
    unlock();
    if (call == NULL) {
        diagnose("a status callback (%u, %u) that belongs to no call", (unsigned)snp, (unsigned)snt);
        return JET_errSuccess;
    }
    const JET_SNPROG *progress = data; /* for begin, progress and complete; else there may be none */
    int known = progress != NULL && progress->cbStruct >= sizeof *progress;
    Text line = {0};
    text_add(&line, "{\"event\":\"callback\",\"id\":%lld,\"snp\":%u,\"snt\":%u", (long long)call->id, (unsigned)snp,
             (unsigned)snt);
    text_add(&line, ",\"done\":%u,\"total\":%u}", known ? (unsigned)progress->cunitDone : 0,
             known ? (unsigned)progress->cunitTotal : 0);
    send_line(&line);
    lock();
    while (!call->answered) {
        Json *message = next_message(call->client);
        if (message == NULL) {
            wait_for_change();
            continue;
        }
        unlock();
        perform(call->client, message);
        lock();
    }
    call->in_callback = 0;
    JET_ERR answer = call->answer;
    unlock();
    return answer;
}

static void answer_callback(const Json *message)
{
    int64_t id = number_of(message, "id");
    lock();
    Running *call = open_calls;
    while (call != NULL && !(call->id == id && call->in_callback && !call->answered))
        call = call->next;
    if (call != NULL) {
        call->answer = (JET_ERR)number_of(message, "err");
        call->answered = 1;
        tell_change();
    }
    unlock();
    if (call == NULL)
        diagnose("call %lld is in no callback that could be resumed", (long long)id);
}

static void client_loop(Client *client)
{
    for (;;) {
        Json *message;
        lock();
        while ((message = next_message(client)) == NULL)
            wait_for_change();
        unlock();
        perform(client, message);
    }
}

#ifdef _WIN32

static DWORD WINAPI client_thread(void *client)
{
    client_loop(client);
    return 0;
}

static int start_client(Client *client)
{
    HANDLE thread = CreateThread(NULL, 0, client_thread, client, 0, NULL);
    if (thread != NULL)
        CloseHandle(thread);
    return thread != NULL;
}

#else

static void *client_thread(void *client)
{
    client_loop(client);
    return NULL;
}

static int start_client(Client *client)
{
    pthread_t thread;
    return pthread_create(&thread, NULL, client_thread, client) == 0 && pthread_detach(thread) == 0;
}

#endif

/* Hand a message to the thread of that client, which is started when it is new. */
static void hand_over(const char *name, Json *message)
{
    lock();
    Client *client = clients;
    while (client != NULL && strcmp(client->name, name) != 0)
        client = client->next;
    if (client == NULL) {
        client = memset(grown(NULL, sizeof *client), 0, sizeof *client);
        client->name = copied(name);
        client->next = clients;
        clients = client;
        if (!start_client(client)) {
            diagnose("no thread can be started");
            end_process(2);
        }
    }
    if (client->last != NULL)
        client->last->next = message;
    else
        client->first = message;
    client->last = message;
    in_flight++;
    tell_change();
    unlock();
}

/* ---- rows: the one table of every database -------------------------------------------------------------------------------- */

#define TRANSACTION_ROWS 50
#define ROW_BYTES 300 /* so that a log file of 128 KB holds some 360 rows, as in the recorded traces */

static const JET_WCHAR table_name[] = {'t', 0}, number_column[] = {'i', 'd', 0}, data_column[] = {'v', 0};
static uint64_t rows_made;

/* Make the table, right after its database. */
static JET_ERR create_table(JET_SESID session, JET_DBID database)
{
    JET_TABLEID table;
    JET_COLUMNID column;
    JET_COLUMNDEF number = {.cbStruct = sizeof number, .coltyp = JET_coltypLong, .grbit = JET_bitColumnAutoincrement};
    JET_COLUMNDEF data = {.cbStruct = sizeof data, .coltyp = JET_coltypLongBinary};
    JET_ERR err = JET(JetBeginTransaction)(session);
    if (err < 0)
        return err;
    if ((err = JET(JetCreateTableW)(session, database, table_name, 1, 100, &table)) >= 0) {
        err = JET(JetAddColumnW)(session, table, number_column, &number, NULL, 0, &column);
        if (err >= 0)
            err = JET(JetAddColumnW)(session, table, data_column, &data, NULL, 0, &column);
        JET_ERR closed = JET(JetCloseTable)(session, table);
        err = err < 0 ? err : closed;
    }
    if (err >= 0)
        err = JET(JetCommitTransaction)(session, 0);
    if (err < 0)
        JET(JetRollback)(session, 0);
    return err;
}

static JET_ERR open_table(JET_SESID session, JET_DBID database, JET_TABLEID *table)
{
    return JET(JetOpenTableW)(session, database, table_name, NULL, 0, 0, table);
}

static JET_ERR column_of(JET_SESID session, JET_TABLEID table, const JET_WCHAR *name, JET_COLUMNID *column)
{
    JET_COLUMNDEF definition = {.cbStruct = sizeof definition};
    JET_ERR err = JET(JetGetTableColumnInfoW)(session, table, name, &definition, sizeof definition, JET_ColInfo);
    *column = definition.columnid;
    return err;
}

static JET_ERR insert_row(JET_SESID session, JET_TABLEID table, JET_COLUMNID column)
{
    uint8_t data[ROW_BYTES];
    lock();
    uint64_t number = ++rows_made;
    unlock();
    for (size_t at = 0; at < sizeof data; at++) /* the number in front, then bytes that no compression makes nothing of */
        data[at] = at < sizeof number ? (uint8_t)(number >> 8 * at) : (uint8_t)(number * 31 + at * 7);
    JET_ERR err = JET(JetPrepareUpdate)(session, table, JET_prepInsert);
    if (err >= 0)
        err = JET(JetSetColumn)(session, table, column, data, sizeof data, 0, NULL);
    return err >= 0 ? JET(JetUpdate)(session, table, NULL, 0, NULL) : err;
}

static JET_ERR insert_transaction(JET_SESID session, JET_TABLEID table, JET_COLUMNID column, int64_t rows)
{
    JET_ERR err = JET(JetBeginTransaction)(session);
    if (err < 0)
        return err;
    for (; rows > 0 && err >= 0; rows--)
        err = insert_row(session, table, column);
    if (err >= 0)
        err = JET(JetCommitTransaction)(session, 0);
    if (err < 0)
        JET(JetRollback)(session, 0);
    return err;
}

/* ---- the calls -------------------------------------------------------------------------------------------------------------- */

#define NOT_IMPLEMENTED INT32_MIN /* no JET_ERR: the call was not made */

/* Makes a call with the arguments that traces have; what it gave out, as the members of a JSON object, goes to `result`. */
typedef JET_ERR (*Handler)(const Json *args, Text *result);

static JET_ERR set_text(JET_INSTANCE *instance, JET_ULONG parameter, const char *text)
{
    JET_WCHAR *wide = widened(text);
    JET_ERR err = JET(JetSetSystemParameterW)(instance, 0, parameter, 0, wide);
    free(wide);
    return err;
}

/* The set-up that every recorded trace has: folder `db`, base name `edb`, log files of 128 KB. */
static JET_ERR set_up(JET_INSTANCE instance)
{
    static const JET_ULONG folders[] = {JET_paramSystemPath, JET_paramTempPath, JET_paramLogFilePath};
    char *folder = absolute("db"), *slashed = absolute("db/");
    make_folder(folder); /* something else may be there by now: then JetInit says so */
    JET_ERR err = JET_errSuccess;
    for (size_t at = 0; at < sizeof folders / sizeof *folders && err >= 0; at++)
        err = set_text(&instance, folders[at], slashed);
    if (err >= 0)
        err = set_text(&instance, JET_paramBaseName, "edb");
    if (err >= 0)
        err = JET(JetSetSystemParameterW)(&instance, 0, JET_paramLogFileSize, 128, NULL);
    free(folder);
    free(slashed);
    return err;
}

static JET_ERR call_create_instance(const Json *args, Text *result)
{
    (void)result;
    const char *name = string_of(args, "instance");
    JET_WCHAR *wide = name != NULL ? widened(name) : NULL;
    JET_INSTANCE instance = 0;
    JET_ERR err = JET(JetCreateInstanceW)(&instance, wide);
    free(wide);
    if (err < 0)
        return err;
    give_name(args, "instance", INSTANCE, instance);
    JET_ERR prepared = set_up(instance);
    return prepared < 0 ? prepared : err;
}

static const struct {
    const char *name;
    JET_ULONG number;
} parameters[] = {
    {"recovery", JET_paramRecovery},
    {"circular_log", JET_paramCircularLog},
    {"create_path_if_not_exist", JET_paramCreatePathIfNotExist},
    {"log_file_size", JET_paramLogFileSize},
    {"os_snapshot_timeout", JET_paramOSSnapshotTimeout},
};

static JET_ERR call_set_system_parameter(const Json *args, Text *result)
{
    (void)result;
    const char *name = string_of(args, "parameter"), *text = string_of(args, "value");
    JET_INSTANCE instance = THE_INSTANCE;
    for (size_t at = 0; name != NULL && at < sizeof parameters / sizeof *parameters; at++) {
        JET_ULONG number = parameters[at].number;
        if (strcmp(name, parameters[at].name) != 0)
            continue;
        JET_API_PTR value = (JET_API_PTR)number_of(args, "value");
        JET_ERR err = number == JET_paramRecovery ? set_text(&instance, number, text != NULL ? text : "")
                                                  : JET(JetSetSystemParameterW)(&instance, 0, number, value, NULL);
        if (err >= 0 && (instance == JET_instanceNil || number == JET_paramOSSnapshotTimeout))
            process_marked = 1; /* it holds for every instance that will be */
        return err;
    }
    diagnose("no system parameter %s", name != NULL ? name : "(none)");
    return NOT_IMPLEMENTED;
}

static JET_ERR call_init(const Json *args, Text *result)
{
    (void)result;
    JET_INSTANCE given = THE_INSTANCE, instance = given; /* a copy: after a failure JetInit clears what it is given */
    JET_ERR err = JET(JetInit)(&instance);
    if (err >= 0 && given == JET_instanceNil)
        process_marked = 1; /* it is in the one-instance mode now */
    return err;
}

static int has_ended(JET_ERR err) { return err >= 0 || err == JET_errDirtyShutdown; }

static JET_ERR call_term(const Json *args, Text *result)
{
    (void)result;
    JET_ERR err = JET(JetTerm)(THE_INSTANCE);
    if (has_ended(err))
        end_name(args, "instance", INSTANCE);
    return err;
}

static JET_ERR call_term2(const Json *args, Text *result)
{
    (void)result;
    JET_ERR err = JET(JetTerm2)(THE_INSTANCE, THE_GRBIT);
    if (has_ended(err))
        end_name(args, "instance", INSTANCE);
    return err;
}

/* Calls that take an instance, or an instance and options, and give nothing but a code. */
#define INSTANCE_CALL(handler, function) \
    static JET_ERR handler(const Json *args, Text *result) { (void)result; return JET(function)(THE_INSTANCE); }
#define INSTANCE_GRBIT_CALL(handler, function) \
    static JET_ERR handler(const Json *args, Text *result) { (void)result; return JET(function)(THE_INSTANCE, THE_GRBIT); }

INSTANCE_CALL(call_stop_service, JetStopServiceInstance)
INSTANCE_GRBIT_CALL(call_stop_service2, JetStopServiceInstance2)
INSTANCE_CALL(call_stop_backup, JetStopBackupInstance)
INSTANCE_GRBIT_CALL(call_begin_external, JetBeginExternalBackupInstance)
INSTANCE_CALL(call_truncate_log, JetTruncateLogInstance)
INSTANCE_CALL(call_end_external, JetEndExternalBackupInstance)
INSTANCE_GRBIT_CALL(call_end_external2, JetEndExternalBackupInstance2)

static JET_ERR call_begin_session(const Json *args, Text *result)
{
    (void)result;
    JET_SESID session = JET_sesidNil;
    JET_ERR err = JET(JetBeginSessionW)(THE_INSTANCE, &session, NULL, NULL);
    if (err >= 0)
        give_name(args, "session", SESSION, session);
    return err;
}

static JET_ERR call_end_session(const Json *args, Text *result)
{
    (void)result;
    JET_ERR err = JET(JetEndSession)(THE_SESSION, 0);
    if (err >= 0)
        end_name(args, "session", SESSION);
    return err;
}

static JET_ERR call_create_database(const Json *args, Text *result)
{
    (void)result;
    JET_WCHAR *path = path_of(args, "path");
    JET_SESID session = THE_SESSION;
    JET_DBID database = JET_dbidNil;
    JET_ERR err = JET(JetCreateDatabaseW)(session, path, NULL, &database, 0);
    free(path);
    if (err < 0)
        return err;
    give_name(args, "database", DATABASE, database);
    JET_ERR made = create_table(session, database);
    if (made < 0)
        diagnose("the database is there, but its table cannot be made: %d", made);
    return made < 0 ? made : err;
}

static JET_ERR call_open_database(const Json *args, Text *result)
{
    (void)result;
    JET_WCHAR *path = path_of(args, "path");
    JET_DBID database = JET_dbidNil;
    JET_ERR err = JET(JetOpenDatabaseW)(THE_SESSION, path, NULL, &database, 0);
    free(path);
    if (err >= 0)
        give_name(args, "database", DATABASE, database);
    return err;
}

static JET_ERR call_close_database(const Json *args, Text *result)
{
    (void)result;
    JET_ERR err = JET(JetCloseDatabase)(THE_SESSION, THE_DATABASE, 0);
    if (err >= 0)
        end_name(args, "database", DATABASE);
    return err;
}

static JET_ERR call_attach_database(const Json *args, Text *result)
{
    (void)result;
    JET_WCHAR *path = path_of(args, "path");
    JET_ERR err = JET(JetAttachDatabaseW)(THE_SESSION, path, 0);
    free(path);
    return err;
}

static JET_ERR call_detach_database(const Json *args, Text *result)
{
    (void)result;
    JET_WCHAR *path = path_of(args, "path");
    JET_ERR err = JET(JetDetachDatabaseW)(THE_SESSION, path);
    free(path);
    return err;
}

static JET_ERR call_insert(const Json *args, Text *result)
{
    (void)result;
    JET_SESID session = THE_SESSION;
    JET_TABLEID table;
    JET_COLUMNID column;
    JET_ERR err = open_table(session, THE_DATABASE, &table);
    if (err < 0)
        return err;
    err = column_of(session, table, data_column, &column);
    for (int64_t rows = number_of(args, "rows"); rows > 0 && err >= 0; rows -= TRANSACTION_ROWS)
        err = insert_transaction(session, table, column, rows < TRANSACTION_ROWS ? rows : TRANSACTION_ROWS);
    JET_ERR closed = JET(JetCloseTable)(session, table);
    return err < 0 ? err : closed < 0 ? closed : JET_errSuccess;
}

/* Go through the rows in the order in which they were inserted; `each` writes what it wants of one. */
static JET_ERR through_rows(JET_SESID session, JET_DBID database, int64_t *count, Text *texts)
{
    JET_TABLEID table;
    JET_COLUMNID number_id = 0, data_id = 0;
    JET_ERR err = open_table(session, database, &table);
    *count = 0;
    if (err < 0)
        return err;
    if (texts != NULL && (err = column_of(session, table, number_column, &number_id)) >= 0)
        err = column_of(session, table, data_column, &data_id);
    if (err >= 0)
        err = JET(JetMove)(session, table, JET_MoveFirst, 0);
    for (; err >= 0; err = JET(JetMove)(session, table, JET_MoveNext, 0)) {
        int32_t number = 0;
        uint64_t made = 0; /* the first bytes of the data: every machine of this API is little-endian */
        JET_ULONG used;
        if (texts != NULL) {
            if ((err = JET(JetRetrieveColumn)(session, table, number_id, &number, sizeof number, &used, 0, NULL)) < 0
                || (err = JET(JetRetrieveColumn)(session, table, data_id, &made, sizeof made, &used, 0, NULL)) < 0)
                break;
            text_add(texts, "%s\"%d:%llu\"", *count ? "," : "", (int)number, (unsigned long long)made);
        }
        ++*count;
    }
    JET_ERR closed = JET(JetCloseTable)(session, table);
    return err != JET_errNoCurrentRecord ? err : closed < 0 ? closed : JET_errSuccess;
}

static JET_ERR call_count_rows(const Json *args, Text *result)
{
    int64_t count;
    JET_ERR err = through_rows(THE_SESSION, THE_DATABASE, &count, NULL);
    text_add(result, "\"rows\":%lld", (long long)count);
    return err;
}

static JET_ERR call_backup(const Json *args, Text *result)
{
    (void)result;
    JET_WCHAR *path = path_of(args, "path");
    JET_ERR err = JET(JetBackupInstanceW)(THE_INSTANCE, path, THE_GRBIT, on_status);
    free(path);
    return err;
}

static JET_ERR call_restore(const Json *args, Text *result)
{
    (void)result;
    JET_WCHAR *path = path_of(args, "path"), *destination = path_of(args, "destination");
    JET_INSTANCE instance = THE_INSTANCE;
    JET_ERR err = JET(JetRestoreInstanceW)(instance, path, destination, on_status);
    if (err >= 0 && instance == JET_instanceNil)
        process_marked = 1; /* an instance of its own came and went */
    free(path);
    free(destination);
    return err;
}

/* ---- the calls of streaming backups ----------------------------------------------------------------------------------------- */

#define LIST_BYTES (1u << 20) /* the names of a thousand files: no call has to be made twice */

typedef JET_ERR(JET_API *Lister)(JET_INSTANCE, JET_WCHAR *, JET_ULONG, JET_ULONG *);

/* A list of names, each ended by a zero and the whole by another. */
static JET_ERR list_files(Lister lister, const Json *args, Text *result)
{
    JET_WCHAR *list = memset(grown(NULL, LIST_BYTES), 0, LIST_BYTES), *end = list + LIST_BYTES / sizeof *list - 2;
    JET_ULONG used = 0;
    JET_ERR err = lister(THE_INSTANCE, list, LIST_BYTES - 2 * sizeof *list, &used);
    text_add(result, "\"files\":[");
    for (JET_WCHAR *at = list; err >= 0 && at < end && *at; at++) {
        char *path = relative(at);
        if (at != list)
            text_add(result, ",");
        text_string(result, path);
        free(path);
        while (*at)
            at++;
    }
    text_add(result, "]");
    free(list);
    return err;
}

static JET_ERR call_get_attach_info(const Json *args, Text *result)
{
    return list_files(JET(JetGetAttachInfoInstanceW), args, result);
}

static JET_ERR call_get_log_info(const Json *args, Text *result)
{
    return list_files(JET(JetGetLogInfoInstanceW), args, result);
}

static JET_ERR call_get_truncate_log_info(const Json *args, Text *result)
{
    return list_files(JET(JetGetTruncateLogInfoInstanceW), args, result);
}

static JET_ERR call_open_file(const Json *args, Text *result)
{
    JET_WCHAR *path = path_of(args, "path");
    JET_HANDLE file = 0;
    JET_ULONG low = 0, high = 0;
    JET_ERR err = JET(JetOpenFileInstanceW)(THE_INSTANCE, path, &file, &low, &high);
    free(path);
    if (err >= 0)
        give_name(args, "file", FILE_HANDLE, file);
    text_add(result, "\"size\":%llu", (unsigned long long)high << 32 | low);
    return err;
}

/* Pages are read into memory that begins at a page: unbuffered reads of some engines need that [RF]. */
static unsigned char *page_memory(size_t size)
{
#ifdef _WIN32
    return VirtualAlloc(NULL, size, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
#else
    void *memory = NULL;
    return posix_memalign(&memory, 65536, size) == 0 ? memory : NULL;
#endif
}

static void free_page_memory(unsigned char *memory)
{
#ifdef _WIN32
    VirtualFree(memory, 0, MEM_RELEASE);
#else
    free(memory);
#endif
}

static JET_ERR call_read_file(const Json *args, Text *result)
{
    int64_t bytes = number_of(args, "bytes");
    JET_ULONG used = 0;
    if (bytes < 0 || bytes > READ_LIMIT) {
        diagnose("a read of %lld bytes: at most %u fit a line of the protocol", (long long)bytes, READ_LIMIT);
        return NOT_IMPLEMENTED;
    }
    unsigned char *data = page_memory((size_t)bytes + 65536);
    if (data == NULL) {
        diagnose("no memory for a read of %lld bytes", (long long)bytes);
        return NOT_IMPLEMENTED;
    }
    JET_ERR err = JET(JetReadFileInstance)(THE_INSTANCE, THE_FILE, data, (JET_ULONG)bytes, &used);
    if (used > (JET_ULONG)bytes) {
        if (err >= 0)
            diagnose("JetReadFileInstance says that it read %u of %lld bytes", (unsigned)used, (long long)bytes);
        used = (JET_ULONG)bytes;
    }
    text_add(result, "\"read\":%u,\"data\":", (unsigned)used);
    text_base64(result, data, used);
    free_page_memory(data);
    return err;
}

static JET_ERR call_close_file(const Json *args, Text *result)
{
    (void)result;
    JET_ERR err = JET(JetCloseFileInstance)(THE_INSTANCE, THE_FILE);
    if (err >= 0)
        end_name(args, "file", FILE_HANDLE);
    return err;
}

/* ---- the calls of snapshots --------------------------------------------------------------------------------------------------- */

static JET_OSSNAPID snapshot_of(const Json *args)
{
    const char *name = string_of(args, "snapshot");
    return name != NULL && strcmp(name, "last") == 0 ? last_snapshot : GARBAGE;
}

static JET_ERR call_snapshot_prepare(const Json *args, Text *result)
{
    (void)result;
    JET_OSSNAPID snapshot = 0;
    JET_ERR err = JET(JetOSSnapshotPrepare)(&snapshot, THE_GRBIT);
    if (err >= 0) {
        last_snapshot = snapshot;
        snapshot_open = 1;
    }
    return err;
}

static JET_ERR call_snapshot_prepare_instance(const Json *args, Text *result)
{
    (void)result;
    return JET(JetOSSnapshotPrepareInstance)(snapshot_of(args), THE_INSTANCE, THE_GRBIT);
}

static JET_ERR call_snapshot_freeze(const Json *args, Text *result)
{
    JET_ULONG count = 0;
    void *instances = NULL;
    JET_ERR err = JET(JetOSSnapshotFreezeW)(snapshot_of(args), &count, &instances, THE_GRBIT);
    if (err >= 0 && instances != NULL && functions[JetFreeBuffer_number] != NULL)
        JET(JetFreeBuffer)(instances);
    text_add(result, "\"instances\":%u", (unsigned)count);
    return err;
}

#define SNAPSHOT_CALL(handler, function) \
    static JET_ERR handler(const Json *args, Text *result) { (void)result; return JET(function)(snapshot_of(args), THE_GRBIT); }

SNAPSHOT_CALL(call_snapshot_thaw, JetOSSnapshotThaw)
SNAPSHOT_CALL(call_snapshot_truncate_log, JetOSSnapshotTruncateLog)

static JET_ERR call_snapshot_truncate_log_instance(const Json *args, Text *result)
{
    (void)result;
    return JET(JetOSSnapshotTruncateLogInstance)(snapshot_of(args), THE_INSTANCE, THE_GRBIT);
}

static JET_ERR call_snapshot_end(const Json *args, Text *result)
{
    (void)result;
    JET_ERR err = JET(JetOSSnapshotEnd)(snapshot_of(args), THE_GRBIT);
    if (err >= 0)
        snapshot_open = 0;
    return err;
}

static JET_ERR call_snapshot_abort(const Json *args, Text *result)
{
    (void)result;
    JET_ERR err = JET(JetOSSnapshotAbort)(snapshot_of(args), THE_GRBIT);
    if (err >= 0)
        snapshot_open = 0;
    return err;
}

/* ---- questions ------------------------------------------------------------------------------------------------------------------ */

/* The handles of an open database of that path; 0 if there is none. */
static int open_handles(const char *path, JET_SESID *session, JET_DBID *database)
{
    int found = 0;
    lock();
    for (Name *at = names; at != NULL && !found; at = at->next) {
        if (at->kind != DATABASE || at->ended || at->path == NULL || strcmp(at->path, path) != 0)
            continue;
        for (Name *other = names; other != NULL; other = other->next)
            found |= other->kind == SESSION && !other->ended && other->handle == at->session;
        *session = at->session;
        *database = (JET_DBID)at->handle;
    }
    unlock();
    return found;
}

/* The header of a database: of the file, or, where the engine keeps that to itself, as it is attached. */
static int read_header(const char *path, JET_DBINFOMISC *header)
{
    JET_SESID session;
    JET_DBID database;
    char *whole = absolute(path);
    JET_WCHAR *wide = widened(whole);
    memset(header, 0, sizeof *header);
    JET_ERR err = JET(JetGetDatabaseFileInfoW)(wide, header, sizeof *header, JET_DbInfoMisc);
    if (err < 0 && functions[JetGetDatabaseInfoW_number] != NULL && open_handles(path, &session, &database))
        err = JET(JetGetDatabaseInfoW)(session, database, header, sizeof *header, JET_DbInfoMisc);
    free(wide);
    free(whole);
    return err >= 0;
}

static void text_mark(Text *text, const char *key, const JET_BKINFO *mark)
{
    const JET_LGPOS *at = &mark->lgposMark;
    uint64_t position = (uint64_t)(uint32_t)at->lGeneration << 32 | (uint32_t)at->isec << 16 | at->ib;
    text_add(text, "\"%s\":[%u,%u", key, (unsigned)mark->genLow, (unsigned)mark->genHigh);
    text_add(text, ",%llu]", (unsigned long long)position);
}

static JET_ERR ask_header(const Json *args, Text *result)
{
    const char *path = string_of(args, "path");
    JET_DBINFOMISC header;
    if (path == NULL || !read_header(path, &header)) {
        text_add(result, "null");
        return JET_errSuccess;
    }
    text_add(result, "{");
    text_mark(result, "fullPrev", &header.bkinfoFullPrev);
    text_add(result, ",");
    text_mark(result, "incPrev", &header.bkinfoIncPrev);
    text_add(result, "}");
    return JET_errSuccess;
}

static int ends_with(const char *name, const char *end)
{
    size_t size = strlen(name), length = strlen(end);
    if (size < length)
        return 0;
    for (size_t at = 0; at < length; at++)
        if ((name[size - length + at] | 32) != (end[at] | 32))
            return 0;
    return 1;
}

/* What a file is by its name and folder (docs/esent.md, Names): logs lie in `db`, and those elsewhere are copies; a database
   is a copy while its header has the mark of the backup that made it, which a restore takes away. */
static JET_ERR ask_classify(const Json *args, Text *result)
{
    const char *path = string_of(args, "path"), *role = "other", *name, *slash;
    unsigned long generation = 0;
    if (path == NULL)
        return NOT_IMPLEMENTED;
    slash = strrchr(path, '/');
    name = slash != NULL ? slash + 1 : path;
    if (ends_with(name, ".edb")) {
        JET_DBINFOMISC header;
        role = read_header(path, &header) && header.bkinfoFullCur.genLow != 0 ? "backup-database" : "database";
    } else if (ends_with(name, ".chk")) {
        role = "checkpoint";
    } else if (ends_with(name, ".jrs")) {
        role = "reserve";
    } else if (ends_with(name, ".log") && strncmp(name, "edb", 3) == 0) {
        char *end;
        role = strncmp(path, "db/", 3) == 0 && slash == path + 2 ? "log" : "backup-log";
        generation = strtoul(name + 3, &end, 16);
        if (end != name + strlen(name) - 4)
            generation = 0; /* edb.log, edbtmp.log: the name does not say */
    }
    text_add(result, "[\"%s\",", role);
    text_add(result, generation ? "%lu]" : "null]", generation);
    return JET_errSuccess;
}

static JET_ERR ask_rows(const Json *args, Text *result)
{
    Text texts = {0};
    int64_t count;
    text_bytes(&texts, "", 0);
    JET_ERR err = through_rows(THE_SESSION, THE_DATABASE, &count, &texts);
    text_add(result, "[%d,[", err);
    if (err >= 0)
        text_bytes(result, texts.data, texts.size);
    text_add(result, "]]");
    free(texts.data);
    return JET_errSuccess;
}

/* ---- the table of the calls ----------------------------------------------------------------------------------------------------- */

#define N(name) name##_number
#define TABLE N(JetOpenTableW), N(JetCloseTable), N(JetGetTableColumnInfoW)

typedef struct {
    const char *name;
    Handler handler;
    const char *capability; /* that all its calls together make */
    int needs[11];          /* functions of the library; ends with 0 */
} Row;

static const Row calls[] = {
    {"JetCreateInstance", call_create_instance, "", {N(JetCreateInstanceW), N(JetSetSystemParameterW)}},
    {"JetSetSystemParameter", call_set_system_parameter, "", {N(JetSetSystemParameterW)}},
    {"JetInit", call_init, "", {N(JetInit)}},
    {"JetTerm", call_term, "", {N(JetTerm)}},
    {"JetTerm2", call_term2, "", {N(JetTerm2)}},
    {"JetStopServiceInstance", call_stop_service, "", {N(JetStopServiceInstance)}},
    {"JetStopServiceInstance2", call_stop_service2, "", {N(JetStopServiceInstance2)}},
    {"JetStopBackupInstance", call_stop_backup, "", {N(JetStopBackupInstance)}},
    {"JetBeginSession", call_begin_session, "", {N(JetBeginSessionW)}},
    {"JetEndSession", call_end_session, "", {N(JetEndSession)}},
    {"JetCreateDatabase", call_create_database, "",
     {N(JetCreateDatabaseW), N(JetBeginTransaction), N(JetCreateTableW), N(JetAddColumnW), N(JetCloseTable),
      N(JetCommitTransaction), N(JetRollback)}},
    {"JetOpenDatabase", call_open_database, "", {N(JetOpenDatabaseW)}},
    {"JetCloseDatabase", call_close_database, "", {N(JetCloseDatabase)}},
    {"JetAttachDatabase", call_attach_database, "", {N(JetAttachDatabaseW)}},
    {"JetDetachDatabase", call_detach_database, "", {N(JetDetachDatabaseW)}},
    {"Insert", call_insert, "",
     {TABLE, N(JetBeginTransaction), N(JetPrepareUpdate), N(JetSetColumn), N(JetUpdate), N(JetCommitTransaction),
      N(JetRollback)}},
    {"CountRows", call_count_rows, "", {TABLE, N(JetMove)}},
    {"JetBackupInstance", call_backup, "callback", {N(JetBackupInstanceW)}},
    {"JetRestoreInstance", call_restore, "callback", {N(JetRestoreInstanceW)}},
    {"JetBeginExternalBackupInstance", call_begin_external, "streaming", {N(JetBeginExternalBackupInstance)}},
    {"JetGetAttachInfoInstance", call_get_attach_info, "streaming", {N(JetGetAttachInfoInstanceW)}},
    {"JetOpenFileInstance", call_open_file, "streaming", {N(JetOpenFileInstanceW)}},
    {"JetReadFileInstance", call_read_file, "streaming", {N(JetReadFileInstance)}},
    {"JetCloseFileInstance", call_close_file, "streaming", {N(JetCloseFileInstance)}},
    {"JetGetLogInfoInstance", call_get_log_info, "streaming", {N(JetGetLogInfoInstanceW)}},
    {"JetGetTruncateLogInfoInstance", call_get_truncate_log_info, "streaming", {N(JetGetTruncateLogInfoInstanceW)}},
    {"JetTruncateLogInstance", call_truncate_log, "streaming", {N(JetTruncateLogInstance)}},
    {"JetEndExternalBackupInstance", call_end_external, "streaming", {N(JetEndExternalBackupInstance)}},
    {"JetEndExternalBackupInstance2", call_end_external2, "streaming", {N(JetEndExternalBackupInstance2)}},
    {"JetOSSnapshotPrepare", call_snapshot_prepare, "snapshot", {N(JetOSSnapshotPrepare)}},
    {"JetOSSnapshotPrepareInstance", call_snapshot_prepare_instance, "snapshot", {N(JetOSSnapshotPrepareInstance)}},
    {"JetOSSnapshotFreeze", call_snapshot_freeze, "snapshot", {N(JetOSSnapshotFreezeW)}},
    {"JetOSSnapshotThaw", call_snapshot_thaw, "snapshot", {N(JetOSSnapshotThaw)}},
    {"JetOSSnapshotTruncateLog", call_snapshot_truncate_log, "snapshot", {N(JetOSSnapshotTruncateLog)}},
    {"JetOSSnapshotTruncateLogInstance", call_snapshot_truncate_log_instance, "snapshot",
     {N(JetOSSnapshotTruncateLogInstance)}},
    {"JetOSSnapshotEnd", call_snapshot_end, "snapshot", {N(JetOSSnapshotEnd)}},
    {"JetOSSnapshotAbort", call_snapshot_abort, "snapshot", {N(JetOSSnapshotAbort)}},
    {NULL},
};

static const Row questions[] = {
    {"header", ask_header, "header", {N(JetGetDatabaseFileInfoW)}},
    {"classify", ask_classify, "classify", {N(JetGetDatabaseFileInfoW)}},
    {"rows", ask_rows, "rows", {TABLE, N(JetMove), N(JetRetrieveColumn)}},
    {NULL},
};

static const char *const capabilities[] = {"callback", "streaming", "snapshot", "header", "classify", "rows"};

static int available(const Row *row)
{
    for (const int *need = row->needs; *need != NO_FUNCTION; need++)
        if (functions[*need] == NULL)
            return 0;
    return 1;
}

/* The row of that name that the library can serve; NULL if there is none. */
static const Row *row_of(const Row *rows, const char *name)
{
    for (; name != NULL && rows->name != NULL; rows++)
        if (strcmp(rows->name, name) == 0)
            return available(rows) ? rows : NULL;
    return NULL;
}

static int is_capable(const char *capability)
{
    const Row *const tables[] = {calls, questions};
    for (size_t table = 0; table < 2; table++)
        for (const Row *row = tables[table]; row->name != NULL; row++)
            if (strcmp(row->capability, capability) == 0 && !available(row))
                return 0;
    return 1;
}

/* Make a call or answer a question, on the thread of its client, and say how it went. */
static void perform(Client *client, Json *message)
{
    int asked = strcmp(string_of(message, "op"), "ask") == 0;
    const Row *row = row_of(asked ? questions : calls, string_of(message, asked ? "ask" : "call"));
    Running call = {.id = number_of(message, "id"), .client = client, .outer = current};
    Text result = {0};
    lock();
    call.next = open_calls;
    open_calls = &call;
    current = &call;
    unlock();
    JET_ERR err = row != NULL ? row->handler(member(message, "args"), &result) : NOT_IMPLEMENTED;
    lock();
    Running **at = &open_calls;
    while (*at != &call)
        at = &(*at)->next;
    *at = call.next;
    current = call.outer;
    in_flight--;
    unlock();
    json_free(message);
    if (err == NOT_IMPLEMENTED) {
        send_event(call.id, "not-implemented");
    } else {
        Text line = {0};
        text_add(&line, "{\"event\":\"%s\",\"id\":%lld", asked ? "answer" : "return", (long long)call.id);
        if (!asked)
            text_add(&line, ",\"err\":%d", err);
        if (result.size != 0 && err >= 0) {
            text_add(&line, asked ? ",\"value\":" : ",\"result\":{");
            text_bytes(&line, result.data, result.size);
            text_add(&line, asked ? "" : "}");
        }
        text_add(&line, "}");
        send_line(&line);
    }
    free(result.data);
}

/* ---- the beginning of a history, and the main loop ------------------------------------------------------------------------------ */

static void answer_hello(const char *library)
{
    Text line = {0};
    text_add(&line, "{\"event\":\"hello\",\"protocol\":1,\"engine\":");
    Text engine = {0};
    text_add(&engine, "JET API of ");
    text_bytes(&engine, library, strlen(library));
    text_string(&line, engine.data);
    free(engine.data);
    const char *comma = "";
    text_add(&line, ",\"capabilities\":[");
    for (size_t at = 0; at < sizeof capabilities / sizeof *capabilities; at++) {
        if (!is_capable(capabilities[at]))
            continue;
        text_add(&line, "%s\"%s\"", comma, capabilities[at]);
        comma = ",";
    }
    comma = "";
    text_add(&line, "],\"not_implemented\":[");
    for (const Row *row = calls; row->name != NULL; row++) {
        if (available(row))
            continue;
        text_add(&line, "%s\"%s\"", comma, row->name);
        comma = ",";
    }
    text_add(&line, "]}");
    send_line(&line);
}

/* End every instance that is left, as fast as that goes; NULL, or why that is not possible in this process. */
static const char *end_instances(void)
{
    lock();
    int busy = in_flight != 0;
    unlock();
    if (busy)
        return "a call is in flight";
    /* From here on no other thread is active: nothing is in flight, and this one reads what arrives. */
    if (snapshot_open)
        return "a snapshot is prepared: ending an instance of it would wait for its end";
    if (process_marked)
        return "a call changed what holds for the whole process";
    for (Name *at = names; at != NULL; at = at->next) {
        if (at->kind != INSTANCE || at->ended)
            continue;
        if (functions[JetTerm2_number] == NULL)
            return "the library has no JetTerm2";
        JET_ERR err = JET(JetTerm2)(at->handle, JET_bitTermAbrupt);
        /* An instance whose JetInit failed is gone already: then its handle is not valid any more. */
        int gone = err == JET_errInvalidParameter || err == JET_errInvalidInstance || err == JET_errNotInitialized;
        if (!has_ended(err) && !gone) {
            diagnose("JetTerm2 of %s: %d", at->name, err);
            return "an instance cannot be ended";
        }
    }
    return NULL;
}

/* Begin a history: nothing is left of the one before, and the current folder is `cwd` below the root. */
static void reset(const Json *message)
{
    const char *why = end_instances(), *path = string_of(message, "root");
    if (why == NULL && path == NULL)
        why = "reset needs a root";
    if (why == NULL) {
        free(root);
        root = native_path(path);
        for (size_t size = strlen(root); size > 1 && (root[size - 1] == '/' || root[size - 1] == '\\'); size--)
            root[size - 1] = '\0';
        forget_names();
        char *folder = absolute("cwd");
        if (!make_folder(folder) || !enter_folder(folder))
            why = "the folder cwd below the root can be neither made nor entered";
        free(folder);
    }
    if (why != NULL) {
        send_refusal(why);
        return;
    }
    Text line = {0};
    text_add(&line, "{\"event\":\"ready\"}");
    send_line(&line);
}

/* Do what a message says; takes it over. 0 after the last. */
static int dispatch(Json *message, const char *library)
{
    const char *op = string_of(message, "op"), *client = string_of(message, "client");
    int go_on = 1;
    if (op == NULL) {
        diagnose("a message without an op");
        end_process(2);
    } else if (strcmp(op, "call") == 0 || strcmp(op, "ask") == 0) {
        if (root == NULL || (client == NULL && *op == 'c')) {
            diagnose("a call before the first reset, or without a client");
            end_process(2);
        }
        hand_over(*op == 'a' ? "(questions)" : client, message);
        return 1;
    } else if (strcmp(op, "resume") == 0) {
        answer_callback(message);
    } else if (strcmp(op, "hello") == 0) {
        if (number_of(message, "protocol") != 1)
            diagnose("protocol %lld is asked for, this is 1", (long long)number_of(message, "protocol"));
        answer_hello(library);
    } else if (strcmp(op, "reset") == 0) {
        reset(message);
    } else if (strcmp(op, "bye") == 0) {
        go_on = 0;
    } else if (strcmp(op, "watch") != 0 && strcmp(op, "release") != 0) { /* hold points: the API shows none */
        diagnose("op %s is not known", op);
        end_process(2);
    }
    json_free(message);
    return go_on;
}

/* Read a line into `line`; 0 at the end of the input. */
static int read_line(Text *line)
{
    static char buffer[65536];
    static size_t from, size;
    line->size = 0;
    for (;;) {
        char *end = memchr(buffer + from, '\n', size - from);
        size_t part = (end != NULL ? (size_t)(end - buffer) : size) - from;
        text_bytes(line, buffer + from, part);
        from += part;
        if (end != NULL) {
            from++;
            return 1;
        }
        if (line->size > LINE_LIMIT) {
            diagnose("a line of more than %u bytes", LINE_LIMIT);
            end_process(2);
        }
#ifdef _WIN32
        int got = _read(0, buffer, sizeof buffer);
#else
        ssize_t got = read(0, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR)
            continue;
#endif
        if (got <= 0)
            return 0;
        from = 0;
        size = (size_t)got;
    }
}

int main(int count, char **arguments)
{
    const char *library = count > 1 ? arguments[1] : DEFAULT_LIBRARY;
    Text line = {0};
    int go_on = 1;
    if (count > 2) {
        fputs("usage: bridge [LIBRARY]\n", stderr);
        return 2;
    }
    die_quietly();
    keep_output();
    if (!load_library(library))
        return 2;
    if (functions[JetSetSystemParameterW_number] != NULL) {
        /* Else an exception inside the engine opens a window [EH]. */
        JET_ERR err = JET(JetSetSystemParameterW)(NULL, 0, JET_paramExceptionAction, JET_ExceptionNone, NULL);
        if (err < 0)
            diagnose("JET_paramExceptionAction cannot be set: %d", err);
    }
    while (go_on && read_line(&line)) {
        Json *message = NULL;
        const char *end = json_value(line.data, &message, 0);
        if (end == NULL || *json_space(end) != '\0' || message->kind != JSON_OBJECT) {
            diagnose("no JSON object: %.200s", line.data);
            end_process(2);
        }
        go_on = dispatch(message, library);
    }
    end_process(0);
    return 0;
}
