<p><b>{{user}}</b> {{word}}</p>
