// SQLite's C API as Swift can call it: the destructor constants are casts, which Swift does not import.

#ifndef PAWL_CSQLITE_SHIM_H
#define PAWL_CSQLITE_SHIM_H

#include <sqlite3.h>

/// Binds UTF-8 bytes that SQLite copies.
static inline int csqlite_bind_text_copy(
    sqlite3_stmt *statement, int index, const void *bytes, int count) {
    return sqlite3_bind_text(statement, index, (const char *)bytes, count, SQLITE_TRANSIENT);
}

/// Binds UTF-8 bytes that stay where they are until the statement is reset.
static inline int csqlite_bind_text_borrow(
    sqlite3_stmt *statement, int index, const void *bytes, int count) {
    return sqlite3_bind_text(statement, index, (const char *)bytes, count, SQLITE_STATIC);
}

static inline int csqlite_bind_blob_copy(
    sqlite3_stmt *statement, int index, const void *bytes, int count) {
    return sqlite3_bind_blob(statement, index, bytes, count, SQLITE_TRANSIENT);
}

static inline int csqlite_bind_blob_borrow(
    sqlite3_stmt *statement, int index, const void *bytes, int count) {
    return sqlite3_bind_blob(statement, index, bytes, count, SQLITE_STATIC);
}

/// Closing a connection leaves the log as it is; without this the last one to close moves it into the database.
static inline int csqlite_keep_log_on_close(sqlite3 *database) {
    return sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)0);
}

#endif
