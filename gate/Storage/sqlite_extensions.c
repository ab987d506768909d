/* Takes the place of what registers full-text search, R-trees and their like: extensions that Debian builds into SQLite and the ledger never uses. */
int latchgate_sqlite_no_extension(void *database);

int latchgate_sqlite_no_extension(void *database)
{
    (void)database;
    return 0;
}
