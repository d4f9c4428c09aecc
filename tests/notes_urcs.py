"""What the documents say that modems print, by the name of the note. `MOVED`: a card came or went. `NOISE`: it did not.

Sources, as in the notes: EC2x AT manual V2.0; BG96 AT manual V2.2; M95 AT manual V3.2; oFono 1.31; SIM7600 V3.00; SIM7000 V1.06; A76XX
V1.09; SIM800 V1.09; ModemManager's plugins; Sierra's forum; Telit 80617ST10991A and 80377ST10083a; UBX-17003787; MultiTech S000371G;
NL668-LA hardware guide; openLuat's wiki; TS 27.007.
"""

_CPIN = ("+CPIN: READY", "+CPIN: NOT READY")
_QSIMSTAT = ("+QSIMSTAT: 1,0", "+QSIMSTAT: 1,1", "+QSIMSTAT: 1,2", "+QSIMSTAT : 1,0")
_SIMST = (*(f"^SIMST: {state}" for state in (0, 1, 2, 3, 4, 240, 255)), "^SIMST:255", "^SIMST: 1,0")
_STICK = ("^RSSI: 17", '^HCSQ:"LTE",46,40,161,22', "^DSFLOWRPT:0000003C,00000000", "^MODE:5,4", "^SRVST:2", "^BOOT:20151214,0,0,0,20")

MOVED: dict[str, tuple[str, ...]] = {
    "generic": (*_CPIN, "+CPIN: NOT INSERTED", "+CPIN: SIM REMOVED"),
    "quectel-ec25": (*_CPIN, *_QSIMSTAT, "+QUSIM: 1"),
    "quectel-bg96": (*_CPIN, *_QSIMSTAT),
    "quectel-ec200": (*_CPIN, *_QSIMSTAT),
    "quectel-uc20": (*_CPIN, *_QSIMSTAT),
    "quectel-m95": (*_CPIN, *_QSIMSTAT),
    "simcom-sim7600": ("+SIMCARD: NOT AVAILABLE", "+CPIN: READY", "+CPIN: SIM REMOVED", "+CPIN: NOT INSERTED"),
    "simcom-sim7000": ("+CPIN: NOT READY", "+CPIN: NOT INSERTED"),
    "simcom-a76xx": ("+CPIN: SIM REMOVED", "+CPIN: READY", "+SIMCARD: NOT AVAILABLE", "+CPIN: SIM CRASH"),
    "simcom-sim5320": ("+SIMCARD: NOT AVAILABLE",),
    "simcom-sim800": ("+CSMINS: 1,0", "+CSMINS: 1,1", "+CPIN: NOT INSERTED", "+CPIN: NOT READY"),
    "huawei-e3372": _SIMST,
    "huawei-me909": _SIMST,
    "zte-mf190": ("$QCSIMSTAT: 1", "+ZUSIMR:1", "+ZUSIMR: 0"),
    "zte-mf823": _CPIN,
    "sierra-mc7455": _CPIN,
    "sierra-hilo": ("+SIM:1", "+SIM:0"),
    "telit-le910": ("#QSS: 0", "#QSS: 1", "#QSS: 2", "#QSS: 3", "#USS: 0", "#USS: 1"),
    "telit-he863": tuple(f"+XSIM: {state}" for state in range(10)),
    "ublox-sara": (*(f"+UUSIMSTAT:{state}" for state in range(11)), "+UUSIMSTAT: 6"),
    "cinterion-phs8": ("^SCKS: 0", "^SCKS: 1", "^SCKS: 2", "+CIEV: simstatus,5", "+CIEV: simlocal,0", "+CIEV: simlocal,1"),
    "fibocom-l850": ("+SIM: Inserted", "+SIM: Removed", "+SIM DROP", "+SIM READY"),
    "neoway-n720": ("+CPIN: NOT INSERTED",),
    "air780e": ("+CPIN: SIM REMOVED", "+CPIN: READY", "+CPIN: SIM REMOVED 0", "+CPIN: READY 0"),
}

NOISE: dict[str, tuple[str, ...]] = {
    "generic": ("RING", "+CREG: 1", '+CMTI: "SM",1', "+CUSD: 0"),
    "quectel-ec25": ("RDY", "+CFUN: 1", "+QIND: SMS DONE", "+QIND: PB DONE", "POWERED DOWN"),
    "quectel-bg96": ("RDY", "APP RDY", "+CFUN: 1"),
    "quectel-ec200": ("RDY",),
    "quectel-uc20": ("RDY", "+CFUN: 1"),
    "quectel-m95": ("RDY", "+CFUN: 1", "Call Ready", "SMS Ready", "NORMAL POWER DOWN", "UNDER_VOLTAGE WARNING"),
    "simcom-sim7600": ("RDY", "SMS DONE", "PB DONE"),
    "simcom-sim7000": ("RDY", "+CFUN: 1", "SMS Ready", '*PSUTTZ: 19/04/01,08:15:30,"+8",0', "DST: 0", "+CTZV: +8,0"),
    "simcom-a76xx": ("*ATREADY: 1", "SMS DONE", "PB DONE", '*ISIMAID: "A0"', '+MSTK: 11, "D0"'),
    "simcom-sim5320": ("START", "SMS DONE", "PB DONE"),
    "simcom-sim800": ("RDY", "+CFUN: 1", "Call Ready", "SMS Ready"),
    "huawei-e3372": _STICK,
    "huawei-me909": ("^SYSSTART", *_STICK),
    "zte-mf190": ("+ZUSIMR:2", "+ZUSIMR: 2", '+ZDONR: "x",262,1,"CS_PS","ROAM_OFF"', '+ZPASR: "LTE"'),
    "zte-mf823": ("+ZUSIMR:2",),
    "sierra-mc7455": ("RING",),
    "sierra-hilo": ("+KSUP: 0", "+KSUP: 2"),
    "telit-le910": ("#STN: 254",),
    "telit-he863": ("+XLOCK: 0",),
    "ublox-sara": ("+READY", "+CIEV: 2,4", "+CIEV: 12,1"),
    "cinterion-phs8": ("^SYSSTART", "+PBREADY", "^SCN: 1", "+CIEV: rssi,4"),
    "fibocom-l850": ("+CREG: 1",),
    "neoway-n720": ("MODEM:STARTUP", "+PBREADY"),
    "air780e": ("+CREG: 1",),
}

# Families that can report both ways, once their owner has wired the holder's switch.
TELL_BOTH = {
    *("quectel-ec25", "quectel-bg96", "quectel-ec200", "quectel-uc20", "quectel-m95"),
    *("simcom-sim7600", "simcom-sim7000", "simcom-a76xx", "simcom-sim800", "huawei-e3372", "huawei-me909"),
    *("sierra-hilo", "telit-le910", "telit-he863", "ublox-sara", "cinterion-phs8", "fibocom-l850", "air780e"),
}

# Longest answers that the makers allow themselves, in seconds.
DOCUMENTED = [
    ("quectel-ec25", "AT+CPIN?", 5),
    ("quectel-ec25", "AT+CIMI", 0.3),
    ("quectel-ec25", "AT+CNUM", 0.3),
    ("quectel-ec25", "AT+CFUN=1", 15),
    ("quectel-bg96", "AT+CPIN?", 5),
    ("quectel-bg96", "AT+CIMI", 0.3),
    ("quectel-bg96", "AT+CFUN=1", 15),
    ("simcom-sim7600", "AT+CPIN?", 9),
    ("simcom-sim7000", "AT+CPIN?", 5),
    ("simcom-sim7000", "AT+CIMI", 20),
    ("simcom-sim7000", "AT+CFUN=1", 10),
    ("simcom-a76xx", "AT+CPIN?", 9),
    ("simcom-a76xx", "AT+CNUM", 9),
    ("simcom-a76xx", "AT+CREG?", 9),
    ("simcom-a76xx", "AT+CRSM=176,28589,0,0,4", 20),
    ("simcom-sim800", "AT+CPIN?", 5),
]
