/**
 * What steps do to a database while it is being used. From the PostgreSQL manual: ALTER TABLE
 * (Notes, SET NOT NULL, ADD table_constraint), CREATE INDEX (Building Indexes Concurrently), DROP
 * INDEX, REINDEX, CLUSTER, VACUUM, CREATE TABLE (PARTITION OF); and from MySQL's: Online DDL
 * Operations. They say nothing about compatibility, and never change a step's kind.
 */
export const REMARKS = {
  indexBlocksWrites:
    'It blocks writes to the table while the index is built; CREATE INDEX CONCURRENTLY does not.',
  dropIndexBlocks:
    'It waits for, and then blocks, everybody on the table; DROP INDEX CONCURRENTLY does not.',
  volatileDefault:
    'Unless its default is the same for all rows, the whole table is rewritten under an ' +
    'exclusive lock; add the column without it, and fill it in batches.',
  rewritesTable: 'The whole table and its indexes are rewritten under an exclusive lock.',
  notNullScans:
    'It scans the whole table under an exclusive lock, unless a valid CHECK (… IS NOT NULL) ' +
    'proves the same already.',
  constraintScans:
    'It scans the whole table while others may not write; add it NOT VALID, and VALIDATE it later.',
  uniqueBuildsIndex:
    'It builds its index under an exclusive lock; build a unique index CONCURRENTLY first, and ' +
    'add the constraint USING INDEX.',
  partitionLocks: 'It locks the parent table against everybody; ATTACH PARTITION does not.',
  exclusiveWhole: 'It locks the table against everybody for as long as it takes.',
  reindexBlocks: 'It blocks writes while it runs; REINDEX CONCURRENTLY does not.',
  refreshBlocks: 'It blocks reads while it runs; REFRESH … CONCURRENTLY does not.',
  copiesTable: 'MySQL copies the whole table for it, and nobody may write meanwhile.',
  oldReadersMeetValue: 'Older releases will read a value that they do not know.',
} as const
