-- A customer table as it grew since 1998: blanks up to the column's width, J/N flags, zero dates, cents, codes without a
-- table, text that was decoded wrongly once (MÃ¼ller), and one name that is still cp1252.
CREATE TABLE KUNDEN (
  KDNR CHAR(8) PRIMARY KEY, ART CHAR(1), VORNAME CHAR(20), NAME CHAR(30), STRASSE CHAR(40), PLZ CHAR(5), ORT CHAR(30),
  LAND CHAR(12), TEL CHAR(40), MAIL VARCHAR(60), GEBOREN CHAR(10), AKTIV CHAR(1), STATUS CHAR(1), SALDO_CENT INTEGER,
  GEAENDERT CHAR(19)
);
INSERT INTO KUNDEN VALUES
 ('00000101','P','Zoë                 ','Müller                        ','Hauptstraße 1           ','50667','Köln        ','Deutschland ','0221 9876543; 0151 23456789','zoe.mueller@example.org','1970-01-31','J','K',123450,'2025-06-30 14:05:00'),
 ('00000103','P','Siobhán             ','O''Brien                       ','3 St. Stephen''s Green   ','     ','Dublin      ','Irland      ','(01) 234 5678',NULL,'0000-00-00','J','K',0,'2015-06-30 12:00:00'),
 ('00000105','P','Jean-Luc            ','LefÃ¨vre                      ','12 bis, rue de l''Église ','75005','Paris       ','Frankreich  ','01 23 45 67 89','jean.luc@example.fr','1985-02-30','J','I',-990,'2024-03-31 02:30:00'),
 ('00000108','P','Maria               ','Garcia                        ','C/ Mayor, 4             ','28013','Madrid      ','Spanien     ','                ','                ','1991-11-05','N','Q',4200,'2023-10-29 02:30:00'),
 ('00000113','P',CAST(X'4AFC7267656E' AS TEXT),CAST(X'5765696D61727A68E475736572' AS TEXT),'Am Markt 7              ','99084','Erfurt      ','Deutschland ','keins','juergen(at)example.org','1958-07-12','N','X',0,'1999-12-31 23:59:59'),
 ('00000114','P','                    ','                              ','                        ','     ','            ','            ',NULL,NULL,'0000-00-00','N','X',0,'1998-01-01 00:00:00'),
 ('00000106','F','                    ','Smith & Sons Ltd              ','Unit 7, Mill Lane       ','     ','London      ','England     ','020 7946 0958','accounts@example.co.uk','0000-00-00','J','K',99,'2020-02-02 08:00:00');
-- The telephone log of eleven years.
CREATE TABLE ANRUFE (NR INTEGER PRIMARY KEY, KDNR CHAR(8), WANN CHAR(19), RICHTUNG CHAR(1), BETREFF VARCHAR(40));
WITH RECURSIVE N(I) AS (SELECT 1 UNION ALL SELECT I + 1 FROM N WHERE I < 10000)
INSERT INTO ANRUFE
SELECT I, printf('%08d', 101 + I % 14), datetime('2015-01-02 08:00:00', (I * 577) || ' minutes'),
 CASE I % 3 WHEN 0 THEN 'A' ELSE 'E' END, 'Anruf Nr. ' || I FROM N;
